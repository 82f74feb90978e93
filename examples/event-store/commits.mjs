// The objects of a stream. A commit is what was appended at once; its key says the version of its first event.
import { setTimeout as sleep } from 'node:timers/promises'
import { AmbiguousWriteError, ConcurrentWriteConflictError, createJsonWrapper, KeyExistsError } from 's3-store-native'

/** @typedef {import('./event-store.mjs').StoredEvent} StoredEvent */
/** @typedef {{ first: number, last: number, events: StoredEvent[] }} Commit the versions of its first and last event */

const readAtOnce = 16
// Keys are counted down from here: S3 lists in one direction, and the newest is wanted first.
const highest = 999_999_999_999

export class Commits {
  #store
  #json
  #prefix

  /** @param {import('s3-store-native').S3Store} store @param {string} prefix of all keys */
  constructor(store, prefix) {
    this.#store = store
    this.#json = createJsonWrapper(store)
    this.#prefix = prefix
  }

  /**
   * Whether the commit is there, and not another.
   * @param {string} stream
   * @param {number} first the version of its first event
   * @param {{ id: string, events: object[] }} commit
   */
  async create(stream, first, commit) {
    const key = this.#key(stream, first)
    try {
      await this.#json.createObject(key, commit)
      return true
    } catch (error) {
      if (error instanceof KeyExistsError) return false
      if (!(error instanceof AmbiguousWriteError || error instanceof ConcurrentWriteConflictError)) throw error
    }
    // It may be there, or be on its way. Once something is at the key nothing is in doubt: it stays, and nothing comes in its place.
    const { value } = await this.#json.update(key, (there) => (there ? undefined : commit), { idempotent: true })
    return value.id === commit.id
  }

  /** The newest, if there is one. @param {string} stream */
  async last(stream) {
    for await (const key of this.#store.list(this.#prefixOf(stream), { pageSize: 1 }).keys()) return this.#read(key)
    return undefined
  }

  /**
   * All from the one that has the event of a version, in order; from the last one, where the stream is not as far.
   * @param {string} stream
   * @param {number} version
   */
  async *from(stream, version) {
    // From the newest back to where the first of the events is: what is appended meanwhile can't leave a gap in that.
    const keys = []
    for await (const key of this.#store.list(this.#prefixOf(stream)).keys()) {
      keys.push(key)
      if (firstOf(key) <= version) break
    }
    keys.reverse()
    let last = 0
    for (let from = 0; from < keys.length; from += readAtOnce) {
      for (const commit of await Promise.all(keys.slice(from, from + readAtOnce).map((key) => this.#read(key)))) {
        const isNext = commit.first === last + 1 || (last === 0 && commit.first <= version)
        if (!isNext) throw new Error(`${stream}: what was appended before version ${commit.first} is gone`)
        yield commit
        ;({ last } = commit)
      }
    }
  }

  /**
   * The same, and then what comes, for ever.
   * @param {string} stream
   * @param {number} version
   * @param {number} every ms on average between two looks
   * @param {AbortSignal} [signal]
   */
  async *follow(stream, version, every, signal) {
    let end = 0
    for await (const commit of this.from(stream, version)) {
      yield commit
      end = commit.last
    }
    for (;;) {
      // The one key where there must be something next: cheaper than to list. Subscribers look at different times.
      const commit = await this.#read(this.#key(stream, end + 1), { signal }).catch(unlessAbsent)
      if (!commit) await sleep(every * (0.5 + Math.random()), undefined, { signal })
      else {
        end = commit.last
        yield commit
      }
    }
  }

  /** @param {string} key @param {{ signal?: AbortSignal | undefined }} [options] */
  async #read(key, options) {
    const [{ events }] = await this.#json.getObject(key, options)
    if (!Array.isArray(events) || events.length === 0) throw new Error(`${key}: there are no events in it`)
    const first = firstOf(key)
    /** @type {StoredEvent[]} */
    const numbered = events.map((/** @type {any} */ event, /** @type {number} */ index) => ({
      ...event,
      version: first + index,
    }))
    return { first, last: first + numbered.length - 1, events: numbered }
  }

  /** @param {string} stream */
  #prefixOf(stream) {
    if (stream === '') throw new RangeError('stream: it has no name')
    return `${this.#prefix}streams/${named(stream)}/`
  }

  /** @param {string} stream @param {number} first */
  #key(stream, first) {
    return this.#prefixOf(stream) + String(highest - first).padStart(String(highest).length, '0')
  }
}

/** The version of the first event in an object. @param {string} key */
const firstOf = (key) => highest - Number(key.slice(key.lastIndexOf('/') + 1))

/** A name as a part of a key. Not every server takes a part of dots. @param {string} name */
export const named = (name) => (/^\.\.?$/.test(name) ? name.replaceAll('.', '%2E') : encodeURIComponent(name))

/** @param {unknown} error @returns {undefined} */
const unlessAbsent = (error) => {
  if (!(error instanceof Error && error.name === 'NoSuchKey')) throw error
}
