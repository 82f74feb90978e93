// Versioned configuration. `<key>/current.json` is the version that counts: one conditional write to it is a publication.
// `<key>/history/0000000007.json` and the like are all versions: none is replaced before it is there.
import { randomUUID } from 'node:crypto'
import { AmbiguousWriteError } from 's3-store-native'
import { changes } from './changes.mjs'
import { InvalidVersionError, isNamed, NoVersionError, parsed, VersionConflictError } from './version.mjs'
import { watch } from './watch.mjs'

export { InvalidVersionError, NoVersionError, VersionConflictError }

/** @typedef {import('s3-store-native').S3Store} S3Store */
/** @typedef {import('s3-store-native').GetResult} GetResult */
/**
 * @template [T=any]
 * @typedef {import('./version.mjs').Version<T>} Version
 */
/** @typedef {{ expected: number, note?: string }} Publication the version that the publisher has seen; 0 for none */

/** @template [T=any] */
export class Configuration {
  #store
  #check
  #current
  #history

  /**
   * @param {S3Store} store
   * @param {string} key
   * @param {(value: unknown) => T} check the schema: throws where a value is wrong, and returns what readers are to get
   */
  constructor(store, key, check) {
    this.#store = store
    this.#check = check
    this.#current = `${key}/current.json`
    this.#history = `${key}/history/`
  }

  /** The version that counts. @throws {NoVersionError} before the first one @throws {InvalidVersionError} */
  async read() {
    const got = await this.#store.getObject(this.#current).catch(unless('NoSuchKey'))
    if (!got) throw new NoVersionError(`${this.#current} is not there: nothing is published`)
    return this.#checked(await got.asString())
  }

  /**
   * Publishes a value as the version after the expected one, if that is the newest still.
   * @param {T} value
   * @param {Publication} publication
   * @returns {Promise<Version<T>>}
   * @throws {VersionConflictError} with the newer version; what `check` throws; {@link AmbiguousWriteError}, when it can't be
   * known whether it was published
   */
  async publish(value, { expected, note = '' }) {
    const version = { version: expected + 1, id: randomUUID(), time: new Date().toISOString(), note, value }
    // What readers will get: not every value is the same after its way through JSON.
    const next = JSON.parse(JSON.stringify(version))
    this.#check(next.value)
    try {
      await this.#store.update(this.#current, (got) => this.#replace(got, next), { idempotent: true })
    } catch (error) {
      if (!(error instanceof AmbiguousWriteError) || !(error.endedBy instanceof VersionConflictError)) throw error
      // Someone else's is there. This one was before, or never will be: the history tells.
      const { id } = await this.version(next.version).catch(() => Promise.reject(error))
      if (id !== next.id) throw error.endedBy
    }
    // Where this fails, whoever replaces the version does it.
    await this.#store.createObject(this.#past(next.version), JSON.stringify(next)).catch(() => {})
    return next
  }

  /**
   * Publishes the value of an older version as a new one, if today's schema takes it.
   * @param {number} to
   * @param {Publication} publication
   */
  async rollback(to, { expected, note = `version ${to} again` }) {
    return this.publish((await this.version(to)).value, { expected, note })
  }

  /**
   * A version as it was published, whatever today's schema says of it.
   * @param {number} number
   * @returns {Promise<Version>}
   * @throws {NoVersionError}
   */
  async version(number) {
    const kept = await this.#kept(number)
    if (kept) return kept
    // The newest may not be in the history yet.
    const newest = await this.#newest()
    if (newest?.version === number) return newest
    throw new NoVersionError(`${this.#past(number)} is not there: the newest version is ${newest?.version ?? 0}`)
  }

  /** All versions, the newest first. */
  async *history() {
    const newest = await this.#newest()
    if (!newest) return
    yield newest
    for (const number of (await this.#numbers()).toReversed()) if (number < newest.version) yield this.version(number)
  }

  /** What has to be changed in a version to make the other of it. @param {number} from @param {number} to */
  async diff(from, to) {
    const [before, after] = await Promise.all([this.version(from), this.version(to)])
    return [...changes(before.value, after.value)]
  }

  /**
   * The version that counts, and each that is seen in its place later: valid ones only, and never an older one.
   * @param {import('./watch.mjs').Watching} [options]
   */
  watch(options) {
    return watch(this.#store, this.#current, (text) => this.#checked(text), options)
  }

  /** @param {number} number */
  #past(number) {
    return `${this.#history}${String(number).padStart(10, '0')}.json`
  }

  /** What to write in place of what is there. @param {GetResult | null} got @param {Version} next */
  async #replace(got, next) {
    const newest = await this.#newest(got)
    if ((newest?.version ?? 0) !== next.version - 1) throw new VersionConflictError(next.version - 1, newest)
    if (newest) {
      const text = JSON.stringify(newest)
      await this.#store.update(this.#past(newest.version), (past) => (past ? undefined : text), { idempotent: true })
    }
    return JSON.stringify(next)
  }

  /**
   * The newest version, whatever the schema says of it. Where the current one is gone, or broken by hand, the history has it.
   * @param {GetResult | null} [given] what is there, if that is known
   * @returns {Promise<Version | undefined>}
   */
  async #newest(given) {
    const got = given === undefined ? await this.#store.getObject(this.#current).catch(unless('NoSuchKey')) : given
    if (got) {
      const text = await got.asString()
      try {
        return parsed(text, this.#current)
      } catch {}
    }
    const last = (await this.#numbers()).at(-1)
    return last === undefined ? undefined : this.#kept(last)
  }

  /** A version that is in the history. @param {number} number */
  async #kept(number) {
    const key = this.#past(number)
    const got = await this.#store.getObject(key).catch(unless('NoSuchKey'))
    return got && parsed(await got.asString(), key)
  }

  /** Of the versions in the history, in order. */
  async #numbers() {
    const numbers = []
    for await (const key of this.#store.list(this.#history).keys()) {
      const number = Number.parseInt(key.slice(this.#history.length), 10)
      // What else somebody has put there is none of them.
      if (key === this.#past(number)) numbers.push(number)
    }
    return numbers
  }

  /** @param {string} text @returns {Version<T>} */
  #checked(text) {
    const version = parsed(text, this.#current)
    try {
      return { ...version, value: this.#check(version.value) }
    } catch (error) {
      throw new InvalidVersionError(this.#current, error)
    }
  }
}

/** @param {string} name @returns {(error: unknown) => undefined} */
const unless = (name) => (error) => {
  if (!isNamed(error, name)) throw error
}
