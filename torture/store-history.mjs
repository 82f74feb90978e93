// What the store said, as the lines of the clients show: one operation for each call, one more for each request of it that may
// have been carried out beside what the call said. And what is wrong already without any order in time.
import { hasApplied, mayHaveApplied, wasRefused } from './server-history.mjs'

/** @typedef {import('./calls.mjs').Line} Line */
/** @typedef {import('./calls.mjs').Seen} Seen */
/** @typedef {import('./messages.mjs').Request} Request */
/** @typedef {import('./server-history.mjs').Operation} Operation */
/** @typedef {import('./writes.mjs').Writes} Writes */
/** @typedef {'ok' | 'conflict' | 'ambiguous' | 'killed' | 'failed'} Outcome */
/** @typedef {{ round: number, at: number, saw: Partial<Seen> | null }} Round */
/**
 * @typedef {object} Call
 * @property {string} call
 * @property {string} client
 * @property {import('./calls.mjs').Verb} verb
 * @property {string} key
 * @property {string} [etag]
 * @property {number} begin
 * @property {number} [end]
 * @property {Round[]} rounds
 * @property {Line['ok']} [ok]
 * @property {Line['error']} [error]
 * @property {Outcome} outcome
 */

const conflicts = ['KeyExistsError', 'StaleDataError', 'ConcurrentWriteConflictError', 'NoSuchKey']

/**
 * The calls that a client made.
 * @param {string} client
 * @param {Line[]} lines
 * @returns {Call[]}
 */
export function callsOf(client, lines) {
  /** @type {Map<string, Call>} */
  const calls = new Map()
  for (const { call, at, verb, key = '', etag, round, saw = null, ok, error } of lines) {
    const known = calls.get(call)
    if (verb) calls.set(call, { call, client, verb, key, etag, begin: at, rounds: [], outcome: 'killed' })
    else if (known && round) known.rounds.push({ round, at, saw })
    else if (known) Object.assign(known, { end: at, ok, error, outcome: ok ? 'ok' : outcomeOf(error?.name ?? '') })
  }
  return [...calls.values()]
}

/** @param {string} name of an error @returns {Outcome} */
function outcomeOf(name) {
  if (name === 'AmbiguousWriteError') return 'ambiguous'
  return conflicts.includes(name) ? 'conflict' : 'failed'
}

/**
 * Takes in what the calls show of writes.
 * @param {Call[]} calls
 * @param {Writes} writes
 */
export function learnFromCalls(calls, writes) {
  for (const { key, ok, rounds } of calls) {
    for (const { saw } of rounds) writes.learn(key, saw ?? {})
    if (ok) writes.learn(key, ok)
  }
}

export class StoreHistory {
  /** @type {Operation[]} */
  operations = []
  /** @type {string[]} what can't be, whatever else happened */
  broken = []
  #writes
  /** @type {Map<string, Request[]>} the requests of each write */
  #requests

  /**
   * @param {Call[]} calls
   * @param {Request[]} requests
   * @param {Writes} writes
   */
  constructor(calls, requests, writes) {
    this.#writes = writes
    this.#requests = byName(requests)
    for (const call of calls) {
      if (call.error && isUnheardOf(call.error.name))
        this.broken.push(`${call.call}: ${call.error.name}: ${call.error.message}`)
      if (call.verb === 'read' || call.verb === 'readIf') this.#addRead(call)
      else if (call.verb === 'update' || call.verb === 'increment') this.#addUpdate(call)
      else this.#addWrite(call, { ...about(call), ...conditionOf(call), name: nameOfCall(call) }, call)
    }
  }

  /** Whether a call that was not told what became of it may have written. @param {Call} call */
  mayHaveWritten({ call, rounds }) {
    return this.#candidates(`${call}/${rounds.length}`).length > 0
  }

  /** @param {Call} call */
  #addRead(call) {
    const { etag, ok, error, outcome } = call
    const absent = error?.name === 'NoSuchKey'
    if (ok) this.operations.push({ ...about(call), kind: 'read', etag: ok.etag, id: ok.id })
    else if (absent && !etag) this.operations.push({ ...about(call), kind: 'read' })
    // A body that broke off and could not be continued says nothing of the moment of the call; nor does it need to.
    else if (outcome === 'conflict' && etag) {
      const found = absent ? 'absent' : undefined
      this.operations.push({ ...about(call), kind: 'refused', ifMatch: etag, found })
    }
  }

  /**
   * Each round is a read and a write of its own. That a round was not the last says that its write met a conflict.
   * @param {Call} call
   */
  #addUpdate(call) {
    let from = call.begin
    for (const [index, { round, at, saw }] of call.rounds.entries()) {
      const etag = saw ? (saw.etag ?? this.#writes.etagOf(saw.write ?? '')) : undefined
      const id = saw ? (saw.id ?? this.#writes.idOf(saw.write ?? '')) : undefined
      const span = { key: call.key, who: `${call.call} round ${round}` }
      this.operations.push({ ...span, kind: 'read', etag, id, call: from, return: at })
      const next = call.rounds[index + 1]
      const condition = etag ? { ifMatch: etag } : { ifNoneMatch: '*' }
      const write = { ...span, ...condition, call: at, return: next?.at ?? call.end, name: `${call.call}/${round}` }
      this.#addWrite(call, write, next ? { outcome: 'conflict' } : endOfLastRound(call))
      from = at
    }
  }

  /**
   * @param {Call} call
   * @param {Omit<Operation, 'kind'> & { name: string }} operation
   * @param {Pick<Call, 'outcome' | 'ok' | 'error'>} end
   */
  #addWrite({ verb }, { name, ...operation }, { outcome, ok, error }) {
    const candidates = this.#candidates(name)
    /** @type {Pick<Operation, 'kind' | 'etag' | 'id'>} */
    const change =
      verb === 'delete'
        ? { kind: 'delete' }
        : { kind: 'write', etag: this.#writes.etagOf(name), id: this.#writes.idOf(name) }
    if (outcome === 'ok') {
      this.operations.push({ ...operation, ...change, etag: change.etag && ok?.etag })
      if (candidates.length === 0) this.broken.push(`${name}: a success, but no request can have done it`)
      // One of its requests is the success. The last can be where any of them was, or earlier.
      candidates.pop()
    } else if (outcome === 'conflict' || outcome === 'failed') {
      if (candidates.length > 0) this.#addBroken(name, candidates, error?.name ?? 'another round')
      const refusals = this.#requestsOf(name).filter(wasRefused)
      const found = foundBy(error?.name) ?? (refusals.every(({ status }) => status === 404) ? 'absent' : undefined)
      if (outcome === 'conflict' && refusals.length > 0) this.operations.push({ ...operation, kind: 'refused', found })
      return
    }
    for (const { sent } of candidates) {
      this.operations.push({ ...operation, ...change, maybe: true, call: sent, return: undefined })
    }
  }

  /** An error that says that nothing was written, of a call that wrote or may write yet. @param {string} name @param {Request[]} candidates @param {string} said */
  #addBroken(name, candidates, said) {
    const what = candidates.some(hasApplied) ? 'it was carried out' : 'a request of it was never answered'
    this.broken.push(`${name}: said to have written nothing (${said}), but ${what}`)
  }

  /** The requests of a write that may have been carried out. @param {string} name */
  #candidates(name) {
    return this.#requestsOf(name).filter(mayHaveApplied)
  }

  /** @param {string} name */
  #requestsOf(name) {
    return this.#requests.get(name) ?? []
  }
}

/** @param {Call} call */
function about({ call: who, key, begin, end }) {
  return { key, who, call: begin, return: end }
}

/** @param {Call} call */
function conditionOf({ verb, etag }) {
  return verb === 'create' ? { ifNoneMatch: '*' } : { ifMatch: etag }
}

/** The write that a request is of. A process deletes an object at most once. @param {Request} request */
function nameOf({ method, write, client, key, ifMatch }) {
  return method === 'DELETE' ? `${client} deletes ${key} ${ifMatch}` : method === 'PUT' ? (write ?? '') : ''
}

/** @param {Call} call */
function nameOfCall({ call, verb, client, key, etag }) {
  return verb === 'delete' ? `${client} deletes ${key} ${etag}` : `${call}/1`
}

/** @param {Request[]} requests */
function byName(requests) {
  /** @type {Map<string, Request[]>} */
  const groups = new Map()
  for (const request of requests) {
    const name = nameOf(request)
    groups.set(name, [...(groups.get(name) ?? []), request])
  }
  return groups
}

/** An update can also end in the reading of another round. @param {Call} call @returns {Pick<Call, 'outcome' | 'ok' | 'error'>} */
function endOfLastRound(call) {
  const { outcome, error } = call
  const isOfWrite = error?.operation === 'createObject' || error?.operation === 'putObjectIfMatch'
  return outcome === 'conflict' && !isOfWrite ? { outcome: 'failed', error } : call
}

/** @param {string | undefined} name of an error @returns {'absent' | 'other' | undefined} */
function foundBy(name) {
  if (name === 'NoSuchKey') return 'absent'
  return name === 'KeyExistsError' || name === 'StaleDataError' ? 'other' : undefined
}

/** An error that no fault of the network or the server explains. @param {string} name */
function isUnheardOf(name) {
  return [
    'TypeError',
    'RangeError',
    'SyntaxError',
    'UnsupportedBucketOperationError',
    'ForeignBody',
    'Internal',
  ].includes(name)
}
