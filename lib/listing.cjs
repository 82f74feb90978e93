'use strict'

const { checkPrefix } = require('./arguments.cjs')
const { readCallOptions } = require('./control.cjs')
const { toError } = require('./failures.cjs')

/** @typedef {import('./control.cjs').Control} Control */
/** @typedef {import('./store.cjs').Engine} Engine */

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
    const control = readCallOptions(this.#options)
    /** @type {string | undefined} */
    let next
    for (;;) {
      const page = await this.#fetch(next, control)
      if (page.contents.length > 0) yield page.contents
      if (!page.isTruncated) return
      // Going on would ask for the same page for ever, and ending would pass a part off as the whole.
      if (!page.next || page.next === next) throw this.#brokenError()
      next = page.next
    }
  }

  /**
   * @param {string | undefined} continuationToken
   * @param {Control} control
   */
  async #fetch(continuationToken, control) {
    try {
      return await this.#engineFor(control).list(this.#prefix, continuationToken, control)
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
