// Streams of events with optimistic concurrency. What is appended at once is one object, whose key says the version of its first
// event: whoever knows the version of the last one creates the next object, and of those who know the same one does. Nothing is
// overwritten or deleted, so that what was seen at a key is there for ever. commits.mjs writes and reads these objects.
import { randomUUID } from 'node:crypto'
import { Commits, named } from './commits.mjs'
import { jsonOf, Snapshots } from './snapshots.mjs'

/** @typedef {import('s3-store-native').S3Store} S3Store */
/** @typedef {{ type: string, data: any, metadata?: any, id?: string }} NewEvent what JSON can hold; an id that isn't given is made */
/** @typedef {NewEvent & { id: string, version: number }} StoredEvent the versions of a stream's events are 1, 2, 3, … */
/** @typedef {number | 'exists' | 'any'} Expected the version of the last event, 0 for none; or that there is one; or nothing */
/**
 * What a stream comes to.
 * @template State
 * @typedef {import('./snapshots.mjs').View<State>} View
 */

const endsKept = 10_000

/** The stream is not at the version that was expected. Nothing was appended. */
export class VersionConflictError extends Error {
  /** @param {string} stream @param {Expected} expected @param {number} actual */
  constructor(stream, expected, actual) {
    super(`${stream} is at version ${actual}; expected was ${expected}`)
    Object.assign(this, { name: 'VersionConflictError', code: 'VERSION_CONFLICT' })
    this.stream = stream
    this.expected = expected
    this.actual = actual
  }
}

export class EventStore {
  #commits
  #prefix
  #snapshots
  /** @type {Map<string, number>} the last version that was seen of a stream: what ends a commit does so for ever */
  #ends = new Map()

  /** @param {S3Store} store @param {string} [prefix] of all keys */
  constructor(store, prefix = '') {
    this.#commits = new Commits(store, prefix)
    this.#prefix = prefix
    this.#snapshots = new Snapshots(store)
  }

  /**
   * Appends events, all or none.
   * @param {string} stream
   * @param {readonly NewEvent[]} events at least one
   * @param {Expected} expected
   * @returns {Promise<number>} the version of the last of them
   * @throws {VersionConflictError} with the version that the stream has, if that is not the expected one
   * @throws {AmbiguousWriteError} if it can't be known whether they were appended: the ids that they were given tell
   */
  async append(stream, events, expected) {
    if (events.length === 0) throw new RangeError('events: there is none to append')
    const commit = { id: randomUUID(), events: events.map((event) => ({ ...event, id: event.id ?? randomUUID() })) }
    let end = this.#ends.get(stream)
    // A version in which no commit ends would leave a gap, or lie within a commit: it must have been seen.
    if (end === undefined || (typeof expected === 'number' && end !== expected)) end = await this.version(stream)
    for (;;) {
      const fits = expected === 'any' || (expected === 'exists' ? end > 0 : end === expected)
      if (!fits) throw new VersionConflictError(stream, expected, end)
      if (await this.#commits.create(stream, end + 1, commit)) return this.#seen(stream, end + events.length)
      // Somebody else was faster.
      end = await this.version(stream)
    }
  }

  /** The version of the last event; 0 if there is none. @param {string} stream */
  async version(stream) {
    const newest = await this.#commits.last(stream)
    return newest ? this.#seen(stream, newest.last) : 0
  }

  /**
   * The events after a version, in order, up to the end.
   * @param {string} stream
   * @param {number} [after] any version
   * @returns {AsyncGenerator<StoredEvent, void, void>}
   */
  async *read(stream, after = 0) {
    for await (const { last, events } of this.#commits.from(stream, after + 1)) {
      this.#seen(stream, last)
      for (const event of events) if (event.version > after) yield event
    }
  }

  /**
   * The same, but that more is waited for at the end: for ever, or until the signal aborts, which ends it without an error.
   * @param {string} stream
   * @param {{ after?: number, every?: number, signal?: AbortSignal }} [options] `every`: ms on average between two looks
   * @returns {AsyncGenerator<StoredEvent, void, void>}
   */
  async *subscribe(stream, { after = 0, every = 1_000, signal } = {}) {
    try {
      for await (const { last, events } of this.#commits.follow(stream, after + 1, every, signal)) {
        this.#seen(stream, last)
        for (const event of events) {
          if (signal?.aborted) return
          if (event.version > after) yield event
        }
      }
    } catch (error) {
      if (!signal?.aborted) throw error
    }
  }

  /**
   * What the stream comes to: the newest snapshot, and what was appended since.
   * @template State
   * @param {string} stream
   * @param {View<State>} view
   * @returns {Promise<{ state: State, version: number }>} with `every`: the state as it is after its way through JSON
   */
  async state(stream, { name, initial, evolve, every = Infinity }) {
    const key = `${this.#prefix}snapshots/${named(stream)}/${named(name)}`
    const snapshot = every < Infinity ? await this.#snapshots.read(key) : undefined
    let { state, version } = snapshot ?? { state: initial(), version: 0 }
    for await (const event of this.read(stream, version)) {
      state = evolve(state, event)
      version = event.version
    }
    if (every === Infinity) return { state, version }
    const newer = jsonOf({ state, version })
    if (version - (snapshot?.version ?? 0) >= every) await this.#snapshots.write(key, newer)
    return newer
  }

  /** @param {string} stream @param {number} version that a commit ends with */
  #seen(stream, version) {
    const known = this.#ends.get(stream) ?? 0
    this.#ends.delete(stream)
    this.#ends.set(stream, Math.max(known, version))
    if (this.#ends.size > endsKept) this.#ends.delete(/** @type {string} */ (this.#ends.keys().next().value))
    return version
  }
}
