'use strict'

// The options of `update`: those of a write, and its own.

const { invalidType, outOfRange, refuseUnknown } = require('./argument-errors.cjs')
const { checkedBoolean } = require('./arguments.cjs')
const { checkedSignal } = require('./abort.cjs')

const KNOWN = new Set([
  'contentType',
  'metadata',
  'recovery',
  'maxRounds',
  'maxBackoff',
  'signal',
  'create',
  'idempotent',
])

const MAX_ROUNDS = 50
const MAX_BACKOFF_MS = 1000
// The longest that a timer can wait.
const MAX_INTEGER = 2 ** 31 - 1

/** @param {unknown} given */
function readUpdateOptions(given) {
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given))) {
    throw invalidType('options', 'an object', given)
  }
  const options = /** @type {Record<string, unknown>} */ (given ?? {})
  refuseUnknown('options', options, KNOWN)
  return {
    options,
    maxRounds: readInteger(options, 'maxRounds', 1) ?? MAX_ROUNDS,
    maxBackoff: readInteger(options, 'maxBackoff', 0) ?? MAX_BACKOFF_MS,
    signal: checkedSignal(options.signal),
    create: checkedBoolean('options.create', options.create) ?? true,
    idempotent: checkedBoolean('options.idempotent', options.idempotent) ?? false,
  }
}

/**
 * @param {Record<string, unknown>} options
 * @param {string} name
 * @param {number} least
 */
function readInteger(options, name, least) {
  const value = options[name]
  const argument = `options.${name}`
  if (value === undefined) return undefined
  if (typeof value !== 'number') throw invalidType(argument, 'a number', value)
  if (!Number.isInteger(value) || value < least || value > MAX_INTEGER) {
    throw outOfRange(argument, `an integer from ${least} to ${MAX_INTEGER}`, value)
  }
  return value
}

module.exports = { readUpdateOptions }
