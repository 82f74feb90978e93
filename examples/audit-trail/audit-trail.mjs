// An append-only log in which nothing can be changed unnoticed: each entry is created at the next number and carries the hash of the
// one before. Checkpoints, signed, say what the hash was at a number: whoever rewrites the log can't rewrite those.
import { createHash, randomUUID, sign, verify as isSigned } from 'node:crypto'
import { compare, follow } from './chain.mjs'

/** @typedef {import('s3-store-native').S3Store} S3Store */
/** @typedef {import('node:crypto').KeyObject} KeyObject */
/** @typedef {{ seq: number, hash: string }} Head the last entry, or any */
/** @typedef {Head & { signature: string }} Checkpoint */
/** @typedef {{ seq: number, previous: string, id: string, at: string, what: any }} Entry `at`: by the clock of whoever wrote it */
/** @typedef {import('./chain.mjs').Found} Found */
/** @typedef {import('./chain.mjs').Problem} Problem */

const readAtOnce = 16
// Keys are counted down from here: S3 lists in one direction, and the newest is wanted first.
const highest = 999_999_999_999
const digits = String(highest).length
/** What comes before the first entry. @type {Head} */
const start = { seq: 0, hash: '0'.repeat(64) }

export class AuditTrail {
  #store
  #prefix
  /** @type {Head | undefined} the last entry that was seen */
  #head
  /** @type {Promise<unknown>} one append after another: this process need not compete with itself */
  #turn = Promise.resolve()

  /** @param {S3Store} store @param {string} [prefix] of all keys */
  constructor(store, prefix = 'audit/') {
    this.#store = store
    this.#prefix = prefix
  }

  /**
   * Appends an entry.
   * @param {unknown} what JSON
   * @returns {Promise<Head>} its number and hash: proof enough, in other hands, that it was there
   * @throws {import('s3-store-native').AmbiguousWriteError} if it can't be known whether it was appended
   */
  append(what) {
    const appended = this.#turn.then(() => this.#append({ id: randomUUID(), what }))
    this.#turn = appended.catch(() => {})
    return appended
  }

  /** The last entry, as it is there. @returns {Promise<Head>} */
  async head() {
    const folder = `${this.#prefix}entries/`
    // After an object with the folder's own key MinIO ends a list with pages of one.
    for await (const key of this.#store.list(folder, { pageSize: 1, startAfter: folder }).keys()) {
      // What lies under another key than an entry does is for `verify` to name. It must not keep anybody from appending.
      if (!(this.#placeOf(key) > 0)) continue
      const { place: seq, hash } = await this.#read(key)
      return (this.#head = { seq, hash })
    }
    return start
  }

  /** The entries as they are there, the newest first. @returns {AsyncGenerator<Entry, void, void>} */
  async *entries() {
    for await (const { text, place } of this.#found('entries')) if (place > 0) yield JSON.parse(text)
  }

  /**
   * Vouches for an entry, and by it for all before: for what `verify` has found right. Keep a copy where nobody who writes here can
   * reach it.
   * @param {Head} head
   * @param {KeyObject} privateKey Ed25519
   * @returns {Promise<Checkpoint>}
   * @throws {Error} with the code `CHECKPOINT_TAKEN`, where something else is in its place: `verify` says what to think of that
   */
  async checkpoint({ seq, hash }, privateKey) {
    const signature = sign(null, this.#signedText(seq, hash), privateKey).toString('base64')
    const checkpoint = { seq, hash, signature }
    const [key, text] = [this.#key('checkpoints', seq), JSON.stringify(checkpoint)]
    // Ed25519 is deterministic: to sign the same again makes no other.
    if ((await this.#create(key, text)) === text) return checkpoint
    throw Object.assign(new Error(`${key} holds another checkpoint, or none at all`), { code: 'CHECKPOINT_TAKEN', key })
  }

  /**
   * Reads all entries and says what isn't as it was.
   * @param {KeyObject} publicKey of the checkpoints
   * @param {{ kept?: readonly Checkpoint[], since?: Checkpoint }} [options] checkpoints that were kept elsewhere; and one up to which
   * everything was verified before, to be verified from there
   * @returns {Promise<{ problems: Problem[], head: Head }>} the head is the last entry that is right
   */
  async verify(publicKey, { kept = [], since } = {}) {
    const { seq: from, hash } = since ?? start
    /** @type {Problem[]} */
    const problems = []
    const vouched = new Map([[from, hash]])
    const copies = kept.map((checkpoint) => ({ key: 'kept', text: JSON.stringify(checkpoint), place: checkpoint.seq }))
    for (const { key, text, place } of [...copies, ...(await collect(this.#found('checkpoints', from)))]) {
      const { seq, hash, signature } = parsed(text)
      const isTrue = isSigned(null, this.#signedText(seq, hash), publicKey, Buffer.from(String(signature), 'base64'))
      if (!isTrue) problems.push({ seq: place, kind: 'forged', key })
      // The copies come first: what was kept counts.
      else if ((vouched.get(seq) ?? hash) !== hash) problems.push({ seq, kind: 'forked', key })
      else if (seq > from) vouched.set(seq, hash)
    }
    const found = await collect(this.#found('entries', from))
    const genuine = follow(found, vouched)
    problems.push(...compare(found, genuine, (seq) => this.#key('entries', seq)))
    const last = [...genuine.values()].find((entry) => entry)
    return { problems, head: last ? { seq: last.seq, hash: last.hash } : { seq: from, hash } }
  }

  /** @param {{ id: string, what: unknown }} entry @returns {Promise<Head>} */
  async #append({ id, what }) {
    let head = this.#head ?? (await this.head())
    for (;;) {
      const seq = head.seq + 1
      if (seq > highest) throw new RangeError(`there is no number after ${highest}`)
      const text = JSON.stringify({ seq, previous: head.hash, id, at: new Date().toISOString(), what })
      const there = await this.#create(this.#key('entries', seq), text)
      // What is there is there for ever. Somebody else's: on from where the log ends by now.
      if (parsed(there).id === id) return (this.#head = { seq, hash: hashOf(text) })
      head = await this.head()
    }
  }

  /** Creates an object, or leaves the one that is there. @param {string} key @param {string} text @returns what is there now */
  async #create(key, text) {
    let there = text
    const create = async (/** @type {import('s3-store-native').GetResult | null} */ current) => {
      there = current ? await current.asString() : text
      return current ? undefined : text
    }
    // It goes on where an answer is lost: what it finds there then may be its own.
    await this.#store.update(key, create, { idempotent: true })
    return there
  }

  /**
   * All from a number on, the newest first, and what lies among them under a key that is none.
   * @param {'entries' | 'checkpoints'} kind
   * @param {number} [from]
   * @returns {AsyncGenerator<Found, void, void>}
   */
  async *#found(kind, from = 0) {
    /** @type {string[]} */
    let keys = []
    for await (const key of this.#store.list(`${this.#prefix}${kind}/`).keys()) {
      if (this.#placeOf(key) < from) break
      if (keys.push(key) < readAtOnce) continue
      yield* await Promise.all(keys.map((key) => this.#read(key)))
      keys = []
    }
    yield* await Promise.all(keys.map((key) => this.#read(key)))
  }

  /** @param {string} key @returns {Promise<Found>} */
  async #read(key) {
    const bytes = await (await this.#store.getObject(key)).asByteArray()
    const text = Buffer.from(bytes).toString()
    const { seq, previous } = parsed(text)
    return {
      key,
      text,
      hash: hashOf(bytes),
      place: this.#placeOf(key),
      seq: Number.isSafeInteger(seq) ? seq : NaN,
      previous,
    }
  }

  /** @param {'entries' | 'checkpoints'} kind @param {number} seq */
  #key(kind, seq) {
    return `${this.#prefix}${kind}/${String(highest - seq).padStart(digits, '0')}`
  }

  /** The number that a key says; NaN, where it is none that `#key` gives. @param {string} key */
  #placeOf(key) {
    const name = key.slice(key.indexOf('/', this.#prefix.length) + 1)
    return name.length === digits && /^\d+$/.test(name) ? highest - Number(name) : NaN
  }

  /** What is signed names the log: that of another is no proof of anything here. @param {number} seq @param {string} hash */
  #signedText(seq, hash) {
    return Buffer.from(JSON.stringify(['audit trail', this.#store.bucket, this.#prefix, seq, hash]))
  }
}

/** @param {string} text @returns {any} nothing of what it should be, where it isn't JSON */
function parsed(text) {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

/** @param {AsyncIterable<Found>} some */
async function collect(some) {
  const all = []
  for await (const one of some) all.push(one)
  return all
}

const hashOf = (/** @type {string | Uint8Array} */ data) => createHash('sha256').update(data).digest('hex')
