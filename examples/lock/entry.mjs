// The lock's object, read and written. It has one entry, of whoever took the lock last, and is judged by the server's clock: a lease has
// run out when the server's Date is later than the moment at which the server wrote it (LastModified), by its length and the
// allowance. No clock of those who want the lock is compared with another.
import { randomUUID } from 'node:crypto'

/** @typedef {import('s3-store-native').S3Store} S3Store */
/** @typedef {{ token: number, holder: string, ttl: number }} Entry what the lock's object says. A `ttl` of 0: released */
/** @typedef {{ etag?: string, modified: number, entry?: Entry, left: number }} Seen with the milliseconds until it is free */

// After these, what is there has to be looked at: nothing was written, or whether something was is not known.
const undecided = /^(KeyExists|StaleData|ConcurrentWriteConflict|AmbiguousWrite)Error$|^NoSuchKey$/
/** @param {unknown} error */
export const isUndecided = (error) => error instanceof Error && undecided.test(error.name)

/** Whole milliseconds, as many as a store takes. @param {number} timeout */
const limit = (timeout) => ({ timeout: Math.min(Math.ceil(timeout), 2 ** 31 - 1) })

export class LockObject {
  #store
  #allowance

  /** @param {S3Store} store @param {string} key @param {number} allowance */
  constructor(store, key, allowance) {
    this.#store = store
    this.key = key
    this.#allowance = allowance
  }

  /**
   * What is there.
   * @param {number} timeout in milliseconds, as of each request here: an S3 that hangs must not hang the holder
   * @param {{ known?: Seen, signal?: AbortSignal }} [options] `known`: what need not come again
   * @returns {Promise<Seen>}
   */
  async look(timeout, { known, signal } = {}) {
    try {
      const got = await this.#store.getObject(this.key, { ifNoneMatch: known?.etag, signal, ...limit(timeout) })
      const { $metadata, LastModified } = got.response
      const entry = got.notModified ? known?.entry : /** @type {Entry} */ (await got.asJson())
      const modified = got.notModified ? known?.modified : LastModified?.getTime()
      if (!$metadata.date || !modified) throw new TypeError('The lock needs Date and Last-Modified of answers.')
      if (!entry || !(entry.token > 0 && entry.ttl >= 0)) throw new TypeError(`${this.key} is no lock's object.`)
      const left = entry.ttl === 0 ? 0 : modified + entry.ttl + this.#allowance - $metadata.date.getTime()
      return { etag: got.etag, modified, entry, left }
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return { modified: 0, left: 0 }
      throw error
    }
  }

  /**
   * Writes an entry in place of the one with this etag, or where there was none.
   * @param {Entry} entry
   * @param {string | undefined} etag
   * @param {number} timeout
   */
  write(entry, etag, timeout) {
    // No two bodies are equal, and so no two etags: a condition that once failed can't hold again, nor a change go unseen.
    const body = JSON.stringify({ ...entry, write: randomUUID() })
    return etag
      ? this.#store.putObjectIfMatch(this.key, body, etag, limit(timeout))
      : this.#store.createObject(this.key, body, limit(timeout))
  }
}
