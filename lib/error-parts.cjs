'use strict'

// What errors are made of, wherever they come from.

const errors = require('./errors.cjs')

/** @typedef {import('../index.cjs').Operation} Operation */
/**
 * @typedef {object} Where
 * @property {Operation} operation
 * @property {string} bucket
 * @property {string} [key]
 * @property {string} [prefix]
 * @property {boolean} [further] whether the request has headers beyond those of its verb
 */

/** @type {Record<string, (new (message: string, originalError: unknown) => Error) | undefined>} */
const CLASSES = {
  KeyExists: errors.KeyExistsError,
  StaleData: errors.StaleDataError,
  WriteConflict: errors.ConcurrentWriteConflictError,
  Unsupported: errors.UnsupportedBucketOperationError,
  Ambiguous: errors.AmbiguousWriteError,
  ChecksumMismatch: errors.ChecksumMismatchError,
}

/**
 * The fields by which an error says what was called.
 * @param {Where} where
 */
function called({ operation, bucket, key }) {
  return { operation, bucket, ...(key === undefined ? undefined : { key }) }
}

/**
 * @param {Error} error
 * @param {string} name
 */
function named(error, name) {
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true, enumerable: false })
  return error
}

/**
 * Whether an error says that the key is absent: the JavaScript SDK has S3's word as `Code`, a plain error as `name`.
 * @param {unknown} error
 */
function isAbsent(error) {
  const { name, Code } = Object(error)
  return name === 'NoSuchKey' || Code === 'NoSuchKey'
}

module.exports = { isAbsent, CLASSES, called, named }
