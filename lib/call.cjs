'use strict'

const { toError } = require('./failures.cjs')
const { begin, contextOf, end, isSeen, lengthOf } = require('./seeing/calls.cjs')

/** @typedef {import('./seeing/calls.cjs').Called} Called */
/** @typedef {import('../index.cjs').Engine} EngineName */
/** @typedef {{ calls: number, inFlight: number }} Counts */

/** A call of a store's method: counted, told to those who watch, and with an error for what it fails with. */
class Call {
  #called
  #counts
  #context
  /** @type {number | undefined} */
  #bytes
  /** @type {number | undefined} */
  #attempts

  /**
   * @param {Called} called
   * @param {Counts} counts the store's
   * @param {{ name: EngineName }} engine
   */
  constructor(called, counts, engine) {
    this.#called = called
    this.#counts = counts
    this.#context = isSeen(called.operation) ? contextOf(called, engine.name) : undefined
    counts.calls += 1
    counts.inFlight += 1
  }

  /**
   * @template T
   * @param {() => Promise<T>} start
   */
  make(start) {
    return this.#context ? begin(this.#context, start) : start()
  }

  /**
   * The options of a transfer, by which the call hears how many bytes it has moved, where somebody watches and nothing else says it.
   * @template {object} T
   * @param {T} options
   * @returns {T & { onBytes?: (bytes: number) => void }}
   */
  counting(options) {
    if (!this.#context || lengthOf(this.#called.body) !== undefined) return options
    const onBytes = (/** @type {number} */ bytes) => {
      this.#bytes = bytes
    }
    return { ...options, onBytes }
  }

  /**
   * The options of a call that hears how many attempts it takes, where somebody watches and its result doesn't say it.
   * @template {object} T
   * @param {T} options
   * @returns {T & { onAttempt?: (attempt: number) => void }}
   */
  attempting(options) {
    if (!this.#context) return options
    const onAttempt = (/** @type {number} */ attempt) => {
      this.#attempts = attempt
    }
    return { ...options, onAttempt }
  }

  /**
   * @template T
   * @param {T} result
   * @param {unknown} [outcome] what says more of it
   * @returns {T} the same
   */
  done(result, outcome = result) {
    this.#counts.inFlight -= 1
    if (this.#context) {
      const bytes = lengthOf(this.#called.body) ?? this.#bytes
      end(this.#context, { result: outcome, bytes, attempts: this.#attempts })
    }
    return result
  }

  /**
   * @param {unknown} failure
   * @returns {unknown} the error to throw, whose stack begins with the method that this is called in
   */
  failed(failure) {
    this.#counts.inFlight -= 1
    const error = toError(failure, this.#called, this.failed)
    if (this.#context) end(this.#context, { error })
    return error
  }
}

module.exports = { Call }
