'use strict'

// How far the bytes of a call have come, for whoever asked.

const { AsyncResource } = require('node:async_hooks')
const { invalidType } = require('./argument-errors.cjs')

/** @typedef {(progress: import('../index.cjs').Progress) => void} OnProgress */

/**
 * @param {unknown} onProgress
 * @returns {OnProgress | undefined}
 */
function checkedOnProgress(onProgress) {
  if (onProgress === undefined || typeof onProgress === 'function') return /** @type {any} */ (onProgress)
  throw invalidType('options.onProgress', 'a function', onProgress)
}

class Progress {
  #hear
  #loaded = 0
  #total

  /**
   * @param {OnProgress} onProgress called in the async context that this is made in; what it throws is nobody's to catch
   * @param {number} [total] bytes that are to come, where that is known
   */
  constructor(onProgress, total) {
    this.#hear = AsyncResource.bind(onProgress)
    this.#total = total
  }

  /** @param {number} total bytes that are to come, from the first one on */
  begun(total) {
    this.#loaded = 0
    this.#total = total
  }

  /** @param {number} bytes that have come */
  moved(bytes) {
    // Of an empty body there is one step, too.
    if (bytes === 0 && this.#total !== 0) return
    this.#loaded += bytes
    // Before whoever waits for the call hears of its end, and after the rest of what is heard now.
    process.nextTick(this.#hear, { loaded: this.#loaded, total: this.#total })
  }
}

module.exports = { Progress, checkedOnProgress }
