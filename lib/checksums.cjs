'use strict'

// The checksums that S3 has by these names and the native engine computes.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html

const { describe, invalidType, invalidValue } = require('./argument-errors.cjs')

const ALGORITHMS = /** @type {const} */ (['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'])
/** @type {ReadonlySet<unknown>} */
const KNOWN = new Set(ALGORITHMS)

/**
 * @param {string} argument
 * @param {unknown} value
 * @param {string} [otherwise] what it can be as well
 * @returns {string}
 */
function checkedAlgorithm(argument, value, otherwise = '') {
  if (typeof value !== 'string') throw invalidType(argument, `one of ${ALGORITHMS.join(', ')}${otherwise}`, value)
  if (KNOWN.has(value)) return value
  throw invalidValue(argument, `must be one of ${ALGORITHMS.join(', ')}${otherwise}, got ${describe(value)}`)
}

module.exports = { checkedAlgorithm }
