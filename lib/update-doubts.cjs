'use strict'

/**
 * The writes of one update of which it is not known whether they landed. Each applies, if it comes after all, where it finds
 * what it was to replace: once something else is there, only another who restores that can make it apply.
 */
class Doubts {
  /** @type {Map<string | undefined, any>} the last error by the etag that was to be replaced; none for an absent key */
  #byEtag = new Map()
  /** @type {Set<any>} */
  #errors = new Set()

  /**
   * @param {any} error
   * @param {string | undefined} etag
   */
  add(error, etag) {
    this.#byEtag.set(etag, error)
    this.#errors.add(error)
  }

  get any() {
    return this.#errors.size > 0
  }

  /**
   * Fails where one of them would apply to what was just read.
   * @param {string | undefined} etag
   */
  check(etag) {
    if (this.#byEtag.has(etag)) throw this.#byEtag.get(etag)
  }

  /**
   * What to end with in place of an error. One of these writes may have landed, so that only a doubt is true.
   * @param {unknown} error
   */
  orElse(error) {
    if (!this.any || this.#errors.has(error)) return error
    const last = [...this.#errors].at(-1)
    // An error of another's store may be frozen.
    Reflect.set(last, 'endedBy', error)
    return last
  }
}

module.exports = { Doubts }
