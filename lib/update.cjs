'use strict'

// Read, apply, write if unchanged, again on conflict: one loop for the store and for the JSON wrapper. It calls three verbs of
// the store and knows errors by their names and codes, so that it works on another's store too.

const { invalidType } = require('./argument-errors.cjs')
const { checkEtag } = require('./arguments.cjs')
const { isSame } = require('./body/same.cjs')
const { abortOf } = require('./control.cjs')
const { Doubts } = require('./update-doubts.cjs')
const { isAbsent, isAmbiguous, isConflict, mayHaveMetItself } = require('./update-errors.cjs')
const { readUpdateOptions } = require('./update-options.cjs')

/** @typedef {import('../index.cjs').WriteOptions} WriteOptions */
/**
 * The verbs that an update is made of.
 * @typedef {object} Verbs
 * @property {string} bucket
 * @property {(key: string, options?: any) => Promise<any>} getObject
 * @property {(key: string, body: any, write: any) => Promise<any>} createObject
 * @property {(key: string, body: any, etag: string, write: any) => Promise<any>} putObjectIfMatch
 */
/**
 * How objects become what the caller's function gets, and what it gives becomes a body.
 * @typedef {object} Form
 * @property {(options: any) => { write: WriteOptions, isForced: boolean }} readOptions what goes with a write, copied: changes that the
 * caller makes meanwhile must not be written; and whether that alone
 * is reason to write, even the same bytes
 * @property {(got: any) => Promise<{ current: any, bytes: Buffer, got?: any }>} read for the function, and for the comparison;
 * and what stands for the get from then on, if that is not itself
 * @property {(given: any, argument: string) => any} toBody of what the function gave, called so in a complaint
 */
/** @typedef {{ etag: string | undefined, response: any, rounds: number, changed: boolean }} UpdateResult */
/**
 * @typedef {object} Updated
 * @property {UpdateResult} result
 * @property {any} [given] what the function gave, unless that was nothing
 * @property {Buffer} [read] the object's bytes, when it was left alone
 */
/** @typedef {{ done: Updated } | { conflict: any }} Round */
/**
 * What a read came to: an object or none, one that an earlier round wrote after all, or one that changed meanwhile.
 * @typedef {{ current: any, bytes?: Buffer, got?: any } | Round} Found
 */

// The shortest window of a wait. Nobody is served by waiting less than a request takes.
const LEAST_WINDOW_MS = 5

/**
 * @param {Verbs} store
 * @param {string} key
 * @param {(current: any) => any} fn
 * @param {unknown} given the options
 * @param {Form} form
 * @returns {Promise<Updated>}
 */
async function update(store, key, fn, given, form) {
  if (typeof fn !== 'function') throw invalidType('fn', 'a function', fn)
  const { options, maxRounds, maxBackoff, access, control, create, idempotent } = readUpdateOptions(given)
  const { write, isForced } = form.readOptions(options)
  const abort = abortOf(control, { operation: 'update', bucket: store.bucket, key })
  try {
    const rounds = new Rounds({ store, key, fn, form, access, write, isForced, create, idempotent, abort })
    return await rounds.run(maxRounds, maxBackoff)
  } finally {
    abort.release()
  }
}

/**
 * @typedef {object} Task
 * @property {Verbs} store
 * @property {string} key
 * @property {(current: any) => any} fn
 * @property {Form} form
 * @property {object} access what a read takes of the options
 * @property {WriteOptions} write
 * @property {boolean} isForced
 * @property {boolean} create
 * @property {boolean} idempotent
 * @property {import('./abort.cjs').Abort} abort
 */

class Rounds {
  #task
  /** @type {Map<string, any>} what was given in each round that came to no success, by the id of its write */
  #tried = new Map()
  #doubts = new Doubts()

  /** @param {Task} task */
  constructor(task) {
    this.#task = task
  }

  /**
   * @param {number} maxRounds
   * @param {number} maxBackoff
   * @returns {Promise<Updated>}
   */
  async run(maxRounds, maxBackoff) {
    try {
      return await this.#untilDone(maxRounds, maxBackoff)
    } catch (error) {
      throw this.#doubts.orElse(error)
    }
  }

  /**
   * @param {number} maxRounds
   * @param {number} maxBackoff
   */
  async #untilDone(maxRounds, maxBackoff) {
    let fastest = Infinity
    for (let round = 1; ; round += 1) {
      const began = performance.now()
      const outcome = await this.#round(round)
      if ('done' in outcome) return outcome.done
      if (round === maxRounds) return await this.#lastLook(outcome.conflict, round)
      // Other writers are there. The more conflicts, the more of them there must be: the window in which this one picks its
      // moment grows until all of them find room in it, each for as long as a round takes when nobody is in the way.
      fastest = Math.min(fastest, Math.max(performance.now() - began, LEAST_WINDOW_MS))
      await this.#task.abort.sleep(Math.random() * Math.min(fastest * 2 ** round, maxBackoff))
    }
  }

  /**
   * @param {number} round
   * @returns {Promise<Round>}
   */
  async #round(round) {
    const { fn, form, isForced } = this.#task
    const found = await this.#read(round)
    if (!('current' in found)) return found
    const { got, current, bytes } = found
    const given = await this.#unlessAborted(() => fn(current))
    const unchanged = { etag: got?.etag, response: got?.response, rounds: round, changed: false }
    if (given !== undefined) {
      const body = form.toBody(given, "fn's result")
      if (isForced || !bytes || !(await isSame(body, bytes))) return await this.#write(body, got, given, round)
    }
    this.#doubts.check(got?.etag)
    return { done: given === undefined ? { result: unchanged, read: bytes } : { result: unchanged, given } }
  }

  /**
   * @param {number} round
   * @returns {Promise<Found>}
   */
  async #read(round) {
    const { form, create } = this.#task
    let got
    try {
      got = await this.#get()
    } catch (error) {
      if (create && isAbsent(error)) return { current: null }
      throw error
    }
    const landed = this.#landed(got, round - 1)
    if (landed) return { done: landed }
    try {
      return { got, ...(await this.#unlessAborted(() => form.read(got))) }
    } catch (error) {
      // The object changed while its body was being read.
      if (isConflict(error)) return { conflict: error }
      throw error
    }
  }

  /**
   * The success of an earlier round, if that is what is there.
   * @param {any} got
   * @param {number} rounds
   * @returns {Updated | undefined}
   */
  #landed({ etag, response }, rounds) {
    const writeId = response?.writeId
    if (!this.#tried.has(writeId)) return undefined
    return { result: { etag, response, rounds, changed: true }, given: this.#tried.get(writeId) }
  }

  /**
   * The read of the next round would have shown whether the last one wrote after all. Where the store itself has looked, and
   * no other write is in doubt, it has no more to tell.
   * @param {any} conflict
   * @param {number} rounds
   * @returns {Promise<Updated>}
   */
  async #lastLook(conflict, rounds) {
    if (this.#tried.size === 0 || (Object(conflict).currentEtag !== undefined && !this.#doubts.any)) throw conflict
    try {
      const got = await this.#get()
      const landed = this.#landed(got, rounds)
      if (landed) return landed
      await got.cancel?.()
    } catch {
      // The conflict is still what is known.
    }
    throw conflict
  }

  /** Its transfer ends with the update, where the store knows how. */
  #get() {
    const { store, key, access, abort } = this.#task
    const options = { ...access, ...(abort.signal && { signal: abort.signal }) }
    // Another's store need not know of any.
    const given = Object.keys(options).length > 0 ? [options] : []
    return this.#unlessAborted(() => store.getObject(key, ...given))
  }

  /**
   * Not ended by the signal: what became of a write that is under way must be known.
   * @param {any} body
   * @param {any} got what is to be overwritten, if there is anything
   * @param {any} given
   * @param {number} rounds
   * @returns {Promise<Round>}
   */
  async #write(body, got, given, rounds) {
    const { store, key, write, idempotent, abort } = this.#task
    if (abort.aborted) throw abort.reason
    // Another's store may take a missing etag for no condition.
    if (got) checkEtag(got.etag)
    try {
      const written = got
        ? await store.putObjectIfMatch(key, body, got.etag, write)
        : await store.createObject(key, body, write)
      return { done: { result: { etag: written.etag, response: written.response, rounds, changed: true }, given } }
    } catch (error) {
      const { writeId } = Object(error)
      if (typeof writeId === 'string') this.#tried.set(writeId, given)
      const isInDoubt = isAmbiguous(error)
      if (isInDoubt) this.#doubts.add(error, got?.etag)
      if (!isInDoubt && !isConflict(error) && !(got && isAbsent(error))) throw error
      // What may have been written already would be written a second time.
      if (!idempotent && (isInDoubt || mayHaveMetItself(error))) throw error
      return { conflict: error }
    }
  }

  /**
   * @template T
   * @param {() => T | Promise<T>} start
   * @returns {Promise<T>}
   */
  async #unlessAborted(start) {
    const { abort } = this.#task
    const settled = abort.aborted ? undefined : await abort.orEnd(start())
    if (!settled) throw abort.reason
    return settled.value
  }
}

module.exports = { update }
