'use strict'

// An AbortSignal as the end of waiting. Told by what it can do: one of another realm, or of a polyfill, is as good.

const { invalidType } = require('./argument-errors.cjs')

/**
 * @typedef {object} Signal
 * @property {boolean} aborted
 * @property {unknown} [reason]
 * @property {(type: 'abort', listener: () => void) => void} addEventListener
 * @property {(type: 'abort', listener: () => void) => void} removeEventListener
 */

/**
 * @param {unknown} signal
 * @returns {Signal | undefined}
 */
function checkedSignal(signal) {
  if (signal === undefined) return undefined
  const { aborted, addEventListener, removeEventListener } = Object(signal)
  const isSignal = typeof aborted === 'boolean' && [addEventListener, removeEventListener].every(isFunction)
  if (!isSignal) throw invalidType('options.signal', 'an AbortSignal', signal)
  return /** @type {Signal} */ (signal)
}

/** @param {unknown} value */
function isFunction(value) {
  return typeof value === 'function'
}

/** Waits for one thing after the other, until the signal aborts. */
class Abort {
  #signal
  #fire = () => {}
  #listener = () => this.#fire()

  /** @param {Signal | undefined} signal */
  constructor(signal) {
    this.#signal = signal
    signal?.addEventListener('abort', this.#listener)
  }

  get aborted() {
    return this.#signal?.aborted === true
  }

  /** What to end with. An old polyfill has no reasons. */
  get reason() {
    return this.#signal?.reason ?? new DOMException('This operation was aborted', 'AbortError')
  }

  /**
   * Resolves to what the promise does, or to nothing as soon as the signal aborts. The promise is left to itself then.
   * @template T
   * @param {T | Promise<T>} promise
   * @returns {Promise<{ value: T } | undefined>}
   */
  async orEnd(promise) {
    if (!this.#signal) return { value: await promise }
    /** @type {Promise<undefined>} */
    const fired = new Promise((resolve) => {
      this.#fire = () => resolve(undefined)
    })
    if (this.aborted) this.#fire()
    return await Promise.race([fired, Promise.resolve(promise).then((value) => ({ value }))])
  }

  /**
   * Waits, but no longer than until the signal aborts.
   * @param {number} milliseconds
   */
  async sleep(milliseconds) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer
    await this.orEnd(
      new Promise((resolve) => {
        timer = setTimeout(resolve, milliseconds)
      }),
    )
    clearTimeout(timer)
  }

  release() {
    this.#signal?.removeEventListener('abort', this.#listener)
  }
}

module.exports = { Abort, checkedSignal }
