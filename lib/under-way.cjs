'use strict'

/** Calls that whoever closes a store waits for, also when those who made them no longer do. */
class UnderWay {
  /** @type {Set<Promise<unknown>>} */
  #calls = new Set()

  /**
   * @template T
   * @param {Promise<T>} call
   * @returns {Promise<T>} the same
   */
  add(call) {
    const forget = () => this.#calls.delete(call)
    this.#calls.add(call)
    call.then(forget, forget)
    return call
  }

  /** Resolves once all of them have come to their end, however that was. */
  async end() {
    await Promise.allSettled(this.#calls)
  }
}

module.exports = { UnderWay }
