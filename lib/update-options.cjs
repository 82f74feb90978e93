'use strict'

// The options of `update`: those of a write, and its own.

const { invalidType, refuseUnknown } = require('./argument-errors.cjs')
const { checkedBoolean, checkedInteger } = require('./checked.cjs')
const { CONTROL_OPTIONS, readControl } = require('./control.cjs')
const { ACCESS, copyOptions } = require('./request-options.cjs')
const { WRITE_PARTS } = require('./write-options.cjs')

const KNOWN = new Set([...WRITE_PARTS, 'maxRounds', 'maxBackoff', ...CONTROL_OPTIONS, 'create', 'idempotent'])

const MAX_ROUNDS = 50
const MAX_BACKOFF_MS = 1000

/** @param {unknown} given */
function readUpdateOptions(given) {
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given))) {
    throw invalidType('options', 'an object', given)
  }
  const options = /** @type {Record<string, unknown>} */ (given ?? {})
  refuseUnknown('options', options, KNOWN)
  return {
    options,
    maxRounds: checkedInteger('options.maxRounds', options.maxRounds, 1) ?? MAX_ROUNDS,
    maxBackoff: checkedInteger('options.maxBackoff', options.maxBackoff, 0) ?? MAX_BACKOFF_MS,
    access: copyOptions(options, Object.keys(ACCESS)),
    control: readControl(options),
    create: checkedBoolean('options.create', options.create) ?? true,
    idempotent: checkedBoolean('options.idempotent', options.idempotent) ?? false,
  }
}

module.exports = { readUpdateOptions }
