'use strict'

const { isDeepStrictEqual } = require('node:util')
const { onAbort, reasonOf } = require('./abort.cjs')
const { checkPrefix } = require('./arguments.cjs')
const { readListOptions, readListVersionsOptions } = require('./list-options.cjs')

/** @typedef {import('./call.cjs').Call} Call */
/** @typedef {import('./call.cjs').Called} Called */
/** @typedef {(called: Called) => Call} Begin */
/** @typedef {import('./control.cjs').Control} Control */
/** @typedef {import('./list-options.cjs').List} List */
/** @typedef {import('./error-parts.cjs').Where} Where */
/** @typedef {import('./store.cjs').Page} Page */
/** @typedef {(list: List, token: any) => Promise<Page>} Fetch asks for the page that begins where the token says */

/** What is in the bucket, page by page, asked anew by each iteration. */
class Pages {
  #begin
  #fetchPage
  #where
  #readOptions

  /**
   * @param {Begin} begin
   * @param {Fetch} fetchPage
   * @param {Where} where
   * @param {() => List} readOptions
   */
  constructor(begin, fetchPage, where, readOptions) {
    this.#begin = begin
    this.#fetchPage = fetchPage
    this.#where = where
    this.#readOptions = readOptions
  }

  async *[Symbol.asyncIterator]() {
    checkPrefix(this.#where.prefix)
    const list = this.#readOptions()
    const ending = new Ending(list)
    try {
      yield* this.#pages(list, { ...list, signal: ending.signal })
    } finally {
      ending.end()
    }
  }

  /**
   * @param {List} list
   * @param {List} listAhead the same, but for what ends it
   */
  async *#pages(list, listAhead) {
    let token
    let asked = this.#page(undefined, list)
    for (;;) {
      const { contents, commonPrefixes = [], isTruncated, next, ahead } = await asked
      const isBroken = isTruncated && (!next || isDeepStrictEqual(next, token))
      // Asked for while this page is being looked at.
      const following = isTruncated && !isBroken && ahead ? this.#page(next, listAhead) : undefined
      // Nobody may come to wait for it. (One that is waited for at once leads an error's stack to the caller.)
      following?.catch(() => {})
      if (contents.length > 0 || commonPrefixes.length > 0) {
        const page = Object.defineProperty(contents, 'commonPrefixes', { value: commonPrefixes })
        yield /** @type {any} */ (page)
      }
      if (!isTruncated) return
      // Going on would ask for the same page for ever, and ending would pass a part off as the whole.
      if (isBroken) throw this.#brokenError()
      token = next
      asked = following ?? this.#page(next, list)
    }
  }

  /**
   * @param {any} token
   * @param {List} list
   */
  async #page(token, list) {
    const call = this.#begin(this.#where)
    try {
      // No function around it: a stack has ten lines, which must reach the caller's.
      return call.done(await call.make(this.#fetchPage.bind(undefined, call.attempting(list), token)))
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  #brokenError() {
    const { operation, bucket } = this.#where
    const error = new Error(`the listing of bucket ${bucket} is truncated, but the server gave no token to go on with`)
    return Object.assign(error, { code: 'ERR_INVALID_LISTING', operation, bucket })
  }
}

/** The objects of a bucket. */
class Listing extends Pages {
  /**
   * @param {Begin} begin
   * @param {Fetch} fetchPage
   * @param {Where} where
   * @param {unknown} options
   */
  constructor(begin, fetchPage, where, options) {
    super(begin, fetchPage, where, () => readListOptions(options))
  }

  /** The objects of all pages, one after the other. */
  async *objects() {
    for await (const page of this) yield* page
  }

  /** Their keys. */
  async *keys() {
    for await (const page of this) for (const { Key } of page) yield /** @type {string} */ (Key)
  }
}

/** Their versions. */
class VersionListing extends Pages {
  /**
   * @param {Begin} begin
   * @param {Fetch} fetchPage
   * @param {Where} where
   * @param {unknown} options
   */
  constructor(begin, fetchPage, where, options) {
    super(begin, fetchPage, where, () => readListVersionsOptions(options))
  }

  /** The versions of all pages, one after the other. */
  async *versions() {
    for await (const page of this) yield* page
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

module.exports = { Listing, VersionListing }
