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

/**
 * What to end with. An old polyfill has no reasons.
 * @param {Signal} signal
 */
function reasonOf({ reason }) {
  return reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason
}

/** @typedef {{ hear: () => void, at: number }} Listener and where it is */

/**
 * All who wait for one signal, with one listener: Node.js warns of a leak where there are more than ten. Not a Set, for what
 * native/pending.cjs says of a Map.
 */
class Audience {
  #signal
  /** @type {Listener[]} */
  #listeners = []
  #fire = () => {
    for (const { hear } of [...this.#listeners]) hear()
  }

  /** @param {Signal} signal */
  constructor(signal) {
    this.#signal = signal
  }

  /** @param {() => void} hear @returns {Listener} */
  add(hear) {
    if (this.#listeners.length === 0) this.#signal.addEventListener('abort', this.#fire)
    const listener = { hear, at: this.#listeners.length }
    this.#listeners.push(listener)
    return listener
  }

  /** @param {Listener} listener */
  delete(listener) {
    if (this.#listeners[listener.at] !== listener) return
    const last = /** @type {Listener} */ (this.#listeners.pop())
    if (last !== listener) {
      this.#listeners[listener.at] = last
      last.at = listener.at
    }
    if (this.#listeners.length === 0) this.#signal.removeEventListener('abort', this.#fire)
  }
}

/** @type {WeakMap<Signal, Audience>} */
const audiences = new WeakMap()

/**
 * Calls back when the signal aborts, unless it has.
 * @param {Signal | undefined} signal
 * @param {() => void} hear
 * @returns {() => void} ends that
 */
function onAbort(signal, hear) {
  if (!signal) return () => {}
  const audience = audiences.get(signal) ?? new Audience(signal)
  audiences.set(signal, audience)
  const listener = audience.add(hear)
  return () => audience.delete(listener)
}

/** What a call that was aborted rejects with: not an error of the store's, but what the caller aborted with. */
class Aborted {
  /** @param {unknown} reason */
  constructor(reason) {
    this.reason = reason
  }
}

/** Waits for one thing after the other, until a signal aborts or the time is up. */
class Abort {
  #signal
  #fire = () => {}
  /** @type {(() => void)[]} */
  #releases = []
  /** @type {NodeJS.Timeout | undefined} */
  #timer

  /**
   * @param {Signal | undefined} signal
   * @param {number} [timeout] in milliseconds
   * @param {() => unknown} [timeoutError] what to end with when the time is up
   */
  constructor(signal, timeout, timeoutError) {
    if (timeout === undefined) this.#signal = signal
    else {
      const both = new AbortController()
      const error = timeoutError?.()
      this.#signal = both.signal
      this.#timer = setTimeout(() => both.abort(error), timeout)
      this.#releases.push(onAbort(signal, () => both.abort(reasonOf(/** @type {Signal} */ (signal)))))
      if (signal?.aborted) both.abort(reasonOf(signal))
    }
    this.#releases.push(onAbort(this.#signal, () => this.#fire()))
  }

  /** The end as a signal: the given one, or one that is for the time as well. */
  get signal() {
    return this.#signal
  }

  get aborted() {
    return this.#signal?.aborted === true
  }

  /** What to end with, once it has aborted. */
  get reason() {
    return this.#signal && reasonOf(this.#signal)
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
    clearTimeout(this.#timer)
    for (const release of this.#releases) release()
  }
}

module.exports = { Abort, Aborted, checkedSignal, onAbort, reasonOf }
