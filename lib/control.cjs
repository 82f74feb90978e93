'use strict'

// What every call takes: a signal and a time limit.

const { Abort, Aborted, checkedSignal, reasonOf } = require('./abort.cjs')
const { invalidType, refuseUnknown } = require('./argument-errors.cjs')
const { checkedInteger } = require('./checked.cjs')
const { timeoutError } = require('./failures.cjs')

/** @typedef {import('./abort.cjs').Signal} Signal */
/** @typedef {import('./error-parts.cjs').Where} Where */
/**
 * What ends a call early.
 * @typedef {object} Control
 * @property {Signal} [signal]
 * @property {number} [timeout] in milliseconds, for the whole call, in place of the store's
 * @property {(attempt: number) => void} [onAttempt] hears of each attempt its number
 */

const CONTROL_OPTIONS = /** @type {const} */ (['signal', 'timeout'])
const KNOWN = new Set(CONTROL_OPTIONS)
/** @type {Readonly<Control>} */
const UNCONTROLLED = Object.freeze({})

/**
 * @param {{ signal?: unknown, timeout?: unknown }} options
 * @returns {Control}
 */
function readControl({ signal, timeout }) {
  if (signal === undefined && timeout === undefined) return UNCONTROLLED
  return { signal: checkedSignal(signal), timeout: checkedInteger('options.timeout', timeout, 1) }
}

/**
 * The options of a call that takes no others.
 * @param {unknown} options
 * @returns {Control}
 */
function readCallOptions(options) {
  if (options === undefined) return UNCONTROLLED
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidType('options', 'an object', options)
  }
  refuseUnknown('options', options, KNOWN)
  return readControl(options)
}

/** @param {Control} control */
function isUncontrolled({ signal, timeout }) {
  return signal === undefined && timeout === undefined
}

/**
 * Fails where nothing is to be begun any more.
 * @param {Control} control
 */
function checkWanted({ signal }) {
  if (signal?.aborted) throw new Aborted(reasonOf(signal))
}

/**
 * What ends the waiting for things that know nothing of signals.
 * @param {Control} control
 * @param {Where} where
 */
function abortOf({ signal, timeout }, where) {
  return new Abort(signal, timeout, () => {
    const error = timeoutError(Number(timeout), where)
    // A stack has ten lines, which must reach the caller's.
    Error.captureStackTrace(error, abortOf)
    return error
  })
}

/**
 * Waits for what must be there before a call can be made, and then makes it in what is left of its time.
 * @template T
 * @template {Control} C
 * @template R
 * @param {Promise<T>} needed
 * @param {C} control and what goes with it
 * @param {Where} where
 * @param {(needed: T, rest: C) => Promise<R>} make
 * @returns {Promise<R>}
 */
async function onceThere(needed, control, where, make) {
  if (isUncontrolled(control)) return await make(await needed, control)
  const began = performance.now()
  const there = await beforeEnd(needed, abortOf(control, where))
  return await make(there, { ...control, timeout: restOf(control, began) })
}

/**
 * What is left of the time of a call, and never nothing: it is the addon that says that the time is up.
 * @param {Control} control
 * @param {number} began by `performance.now()`
 */
function restOf({ timeout }, began) {
  return timeout && Math.max(1, Math.ceil(timeout - (performance.now() - began)))
}

/**
 * What the promise resolves to, unless the end comes before. The promise is left to itself then.
 * @template T
 * @param {Promise<T>} needed
 * @param {Abort} abort released with it
 */
async function beforeEnd(needed, abort) {
  try {
    const there = await abort.orEnd(needed)
    if (!there || abort.aborted) throw new Aborted(abort.reason)
    return there.value
  } finally {
    abort.release()
  }
}

module.exports = {
  CONTROL_OPTIONS,
  UNCONTROLLED,
  readControl,
  readCallOptions,
  isUncontrolled,
  checkWanted,
  abortOf,
  beforeEnd,
  onceThere,
  restOf,
}
