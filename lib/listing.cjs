'use strict'

const { onAbort, reasonOf } = require('./abort.cjs')
const { checkPrefix } = require('./arguments.cjs')
const { toError } = require('./failures.cjs')
const { readListOptions } = require('./list-options.cjs')

/** @typedef {import('./control.cjs').Control} Control */
/** @typedef {import('./list-options.cjs').List} List */
/** @typedef {import('./store.cjs').Engine} Engine */
/** @typedef {import('./store.cjs').Page} Page */

/** What is in the bucket, page by page, asked anew by each iteration. */
class Listing {
  #engineFor
  #bucket
  #prefix
  #options

  /**
   * @param {(control: Control) => Engine} engineFor
   * @param {string} bucket
   * @param {string | undefined} prefix
   * @param {unknown} options
   */
  constructor(engineFor, bucket, prefix, options) {
    this.#engineFor = engineFor
    this.#bucket = bucket
    this.#prefix = prefix
    this.#options = options
  }

  async *[Symbol.asyncIterator]() {
    checkPrefix(this.#prefix)
    const list = readListOptions(this.#options)
    const ending = new Ending(list)
    try {
      yield* this.#pages(list, { ...list, signal: ending.signal })
    } finally {
      ending.end()
    }
  }

  /** The objects of all pages, one after the other. */
  async *objects() {
    for await (const page of this) yield* page
  }

  /** Their keys. */
  async *keys() {
    for await (const page of this) for (const { Key } of page) yield /** @type {string} */ (Key)
  }

  /**
   * @param {List} list
   * @param {List} listAhead the same, but for what ends it
   */
  async *#pages(list, listAhead) {
    let asked = this.#fetch(undefined, list)
    for (;;) {
      const { contents, commonPrefixes = [], isTruncated, next, ahead } = await asked.page
      const isBroken = isTruncated && (!next || next === asked.token)
      // Asked for while this page is being looked at.
      const following = isTruncated && !isBroken && ahead ? this.#fetch(next, listAhead) : undefined
      // Nobody may come to wait for it. (One that is waited for at once leads an error's stack to the caller.)
      following?.page.catch(() => {})
      if (contents.length > 0 || commonPrefixes.length > 0) {
        const page = Object.defineProperty(contents, 'commonPrefixes', { value: commonPrefixes })
        yield /** @type {import('../index.cjs').ListedPage} */ (page)
      }
      if (!isTruncated) return
      // Going on would ask for the same page for ever, and ending would pass a part off as the whole.
      if (isBroken) throw this.#brokenError()
      asked = following ?? this.#fetch(next, list)
    }
  }

  /**
   * @param {string | undefined} token
   * @param {List} list
   */
  #fetch(token, list) {
    return { token, page: this.#page(token, list) }
  }

  /**
   * @param {string | undefined} continuationToken
   * @param {List} list
   */
  async #page(continuationToken, list) {
    try {
      return await this.#engineFor(list).list(this.#prefix, continuationToken, list)
    } catch (failure) {
      throw toError(failure, { operation: 'list', bucket: this.#bucket, prefix: this.#prefix })
    }
  }

  #brokenError() {
    const error = new Error(
      `the listing of bucket ${this.#bucket} is truncated, but the server gave no token to go on with`,
    )
    return Object.assign(error, { code: 'ERR_INVALID_LISTING', operation: 'list', bucket: this.#bucket })
  }
}

/** The end of an iteration: that its caller leaves it, or the signal. A page that was asked for ahead ends with it. */
class Ending {
  #controller = new AbortController()
  #release

  /** @param {Control} control */
  constructor({ signal }) {
    const pass = () => this.#controller.abort(signal && reasonOf(signal))
    this.#release = onAbort(signal, pass)
    if (signal?.aborted) pass()
  }

  get signal() {
    return this.#controller.signal
  }

  end() {
    this.#release()
    this.#controller.abort()
  }
}

module.exports = { Listing }
