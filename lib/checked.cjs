'use strict'

// Values of options by their type: `undefined` means not given.

const { invalidType, outOfRange } = require('./argument-errors.cjs')

// The longest that a timer can wait; far more than any number here needs.
const MAX_INTEGER = 2 ** 31 - 1

/**
 * @param {string} argument
 * @param {unknown} value
 * @returns {boolean | undefined}
 */
function checkedBoolean(argument, value) {
  if (value !== undefined && typeof value !== 'boolean') throw invalidType(argument, 'a boolean', value)
  return value
}

/**
 * @param {string} argument
 * @param {unknown} value
 * @param {number} least
 * @param {number} [most]
 * @returns {number | undefined}
 */
function checkedInteger(argument, value, least, most = MAX_INTEGER) {
  if (value === undefined) return undefined
  if (typeof value !== 'number') throw invalidType(argument, 'a number', value)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw outOfRange(argument, `an integer from ${least} to ${most}`, value)
  }
  return value
}

module.exports = { checkedBoolean, checkedInteger, MAX_INTEGER }
