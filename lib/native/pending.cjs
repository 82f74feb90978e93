'use strict'

// What is pending, by number. Not a Map: one that is written and deleted from all the time makes itself a new table again and again,
// and each old table refers to the next. V8's collections of young objects don't see that such a table is dead once it is old, so that
// every call since would stay, and be copied, until all is collected (__test__/unit/pending.test.mjs).

// Places at the beginning, and until there were more at once. A power of two, as ever.
const FEW = 64
const MANY = 4096
// The addon takes 32 bits.
const LAST_NUMBER = 0xffffffff

/**
 * @template {{ call: number }} T
 */
class PendingCalls {
  /** @type {(T | undefined)[]} at most half of them taken */
  #places = places(FEW)
  #count = 0
  #last

  /** @param {number} [last] the number that was given last */
  constructor(last = 0) {
    this.#last = last
  }

  /** A number that nobody has whose call is pending. */
  next() {
    do this.#last = this.#last === LAST_NUMBER ? 1 : this.#last + 1
    while (this.#at(this.#last))
    return this.#last
  }

  /** @param {T} pending */
  add(pending) {
    while (this.#count * 2 >= this.#places.length || this.#at(pending.call)) this.#grow()
    this.#put(pending)
    this.#count += 1
  }

  /** @param {number} call @returns {T | undefined} */
  get(call) {
    const pending = this.#at(call)
    return pending?.call === call ? pending : undefined
  }

  /** @param {number} call @returns {T | undefined} what it was */
  take(call) {
    const pending = this.get(call)
    if (!pending) return undefined
    this.#places[call & (this.#places.length - 1)] = undefined
    this.#count -= 1
    if (this.#count === 0 && this.#places.length > MANY) this.#places = places(FEW)
    return pending
  }

  #grow() {
    const old = this.#places
    this.#places = places(old.length * 2)
    for (const pending of old) if (pending) this.#put(pending)
  }

  /** @param {T} pending */
  #put(pending) {
    this.#places[pending.call & (this.#places.length - 1)] = pending
  }

  /** @param {number} call */
  #at(call) {
    return this.#places[call & (this.#places.length - 1)]
  }
}

/** @param {number} length @returns {undefined[]} */
function places(length) {
  return Array.from({ length })
}

module.exports = { PendingCalls }
