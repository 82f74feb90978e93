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
  #onBytes
  #loaded = 0
  #total

  /**
   * @param {OnProgress | undefined} onProgress called in the async context that this is made in; what it throws is nobody's to catch
   * @param {number} [total] bytes that are to come, where that is known
   * @param {(bytes: number) => void} [onBytes] called at once with how many have come
   */
  constructor(onProgress, total, onBytes) {
    this.#hear = onProgress && AsyncResource.bind(onProgress)
    this.#onBytes = onBytes
    this.#total = total
  }

  /** @param {number} total bytes that are to come, from the first one on */
  begun(total) {
    this.#loaded = 0
    this.#total = total
  }

  /** @param {number} bytes that have come */
  moved(bytes) {
    this.#loaded += bytes
    this.#onBytes?.(this.#loaded)
    // Of an empty body there is one step, too.
    if (bytes === 0 && this.#total !== 0) return
    // Before whoever waits for the call hears of its end, and after the rest of what is heard now.
    if (this.#hear) process.nextTick(this.#hear, { loaded: this.#loaded, total: this.#total })
  }
}

module.exports = { Progress, checkedOnProgress }
