'use strict'

// The calls that are under way in this JavaScript environment, by number, and the one native engine that settles them.

const { onAbort } = require('../abort.cjs')
const { SeenCall } = require('../seeing/attempts.cjs')
const { readFailure } = require('./failure.cjs')
const { PendingCalls } = require('./pending.cjs')
const { readBatch } = require('./report.cjs')

/** @typedef {import('./report.cjs').Report} Report */
/** @typedef {(report: Report) => any} Read makes a result of what the addon reports */
/** @typedef {import('../abort.cjs').Signal} Signal */
/** @typedef {import('./credentials.cjs').CredentialsSource} CredentialsSource */
/** @typedef {import('../progress.cjs').Progress} Progress */
/**
 * Who hears of a call before it is settled.
 * @typedef {object} Watchers
 * @property {number} call
 * @property {SeenCall} [seen]
 * @property {Progress} [progress]
 */
/**
 * @typedef {object} Pending
 * @property {number} call
 * @property {(result: any) => void} resolve
 * @property {(failure: unknown) => void} reject
 * @property {Read} read
 * @property {CredentialsSource | undefined} source kept here so that it lives as long as a call may need it
 * @property {Signal | undefined} signal
 * @property {() => void} release ends the listening to the signal
 * @property {Watchers | undefined} watchers
 */
/** @typedef {(request: number, store: number) => void} AnswerCredentials */

const nothing = () => {}

// Nobody's call: the addon has something to say, or to ask for.
const NO_CALL = 0

class Calls {
  /** @type {PendingCalls<Pending>} */
  #pending = new PendingCalls()
  /** @type {Watchers | undefined} of the call that is about to be made */
  #watchers
  #binding
  #engine
  #answerCredentials

  /**
   * @param {import('./binding.cjs').Binding} binding
   * @param {AnswerCredentials} answerCredentials
   */
  constructor(binding, answerCredentials) {
    this.#binding = binding
    const hear = (/** @type {Report} */ report) => this.#settle(report)
    this.#engine = new binding.Engine((batch) => readBatch(batch, hear))
    this.#answerCredentials = answerCredentials
  }

  get binding() {
    return this.#binding
  }

  get engine() {
    return this.#engine
  }

  /** The number for a call that is about to be made. */
  next() {
    return this.#pending.next()
  }

  /**
   * The same for a call whose attempts somebody wants to see.
   * @param {import('../seeing/attempts.cjs').Call} where
   * @param {(attempt: number) => void} [onAttempt]
   */
  nextSeen(where, onAttempt) {
    const call = this.next()
    this.#watch({ call, seen: new SeenCall(where, onAttempt) })
    return call
  }

  /**
   * Has it told how far the bytes of a call have come that is about to be made.
   * @param {number} call
   * @param {Progress} progress
   */
  follow(call, progress) {
    this.#watch({ call, progress })
  }

  /** @param {Watchers} watchers */
  #watch(watchers) {
    this.#watchers = this.#watchers?.call === watchers.call ? { ...this.#watchers, ...watchers } : watchers
    this.#engine.observe(watchers.call)
  }

  /**
   * The promise of a call that was just made: the addon settles none before the event loop turns.
   * @param {number} call
   * @param {Read} read
   * @param {CredentialsSource} [source] where the store has its credentials from, if that is a function
   * @param {Signal} [signal] what aborts it, where the addon was told that something may
   * @returns {Promise<any>} rejects with a NativeFailure, or as aborted
   */
  wait(call, read, source, signal) {
    const watchers = this.#watchers?.call === call ? this.#watchers : undefined
    this.#watchers = undefined
    return new Promise((resolve, reject) => {
      const release = signal ? onAbort(signal, () => this.#engine.abort(call)) : nothing
      this.#pending.add({ call, resolve, reject, read, source, signal, release, watchers })
    })
  }

  /** @param {Report} report */
  #settle(report) {
    if (report.call === NO_CALL) {
      try {
        this.#hear(report.head)
      } catch (bug) {
        // The rest of the batch must be settled all the same.
        process.nextTick(() => {
          throw bug
        })
      }
      return
    }
    const pending = this.#pending.take(report.call)
    if (!pending) return
    try {
      pending.release()
      if (report.ok) pending.resolve(pending.read(report))
      else pending.reject(readFailure(report.head, pending.source?.lastError, pending.signal))
    } catch (bug) {
      // As above.
      pending.reject(bug)
    }
  }

  /** @param {string} head */
  #hear(head) {
    const { warning, credentials, store, seen, attempt, progress, begun, moved } = JSON.parse(head)
    if (seen !== undefined) this.#pending.get(seen)?.watchers?.seen?.tell(attempt)
    else if (progress !== undefined) told(this.#pending.get(progress)?.watchers?.progress, begun, moved)
    else if (warning === undefined) this.#answerCredentials(credentials, store)
    else process.emitWarning(warning, 'S3StoreWarning')
  }
}

/**
 * @param {Progress | undefined} progress
 * @param {number} [begun]
 * @param {number} [moved]
 */
function told(progress, begun, moved) {
  if (begun !== undefined) progress?.begun(begun)
  if (moved !== undefined) progress?.moved(moved)
}

module.exports = { Calls }
