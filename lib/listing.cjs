'use strict'

const { checkPrefix } = require('./arguments.cjs')
const { toError } = require('./failures.cjs')

/** @typedef {import('./store.cjs').Engine} Engine */

/** What is in the bucket, page by page, asked anew by each iteration. */
class Listing {
  #engine
  #bucket
  #prefix

  /**
   * @param {Engine} engine
   * @param {string} bucket
   * @param {string | undefined} prefix
   */
  constructor(engine, bucket, prefix) {
    this.#engine = engine
    this.#bucket = bucket
    this.#prefix = prefix
  }

  async *[Symbol.asyncIterator]() {
    checkPrefix(this.#prefix)
    /** @type {string | undefined} */
    let next
    for (;;) {
      const page = await this.#fetch(next)
      if (page.contents.length > 0) yield page.contents
      if (!page.isTruncated) return
      // Going on would ask for the same page for ever, and ending would pass a part off as the whole.
      if (!page.next || page.next === next) throw this.#brokenError()
      next = page.next
    }
  }

  /** @param {string | undefined} continuationToken */
  async #fetch(continuationToken) {
    try {
      return await this.#engine.list(this.#prefix, continuationToken)
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

module.exports = { Listing }
