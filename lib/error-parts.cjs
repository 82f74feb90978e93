'use strict'

// What errors are made of, wherever they come from.

const errors = require('./errors.cjs')

/** @typedef {import('../index.cjs').Operation} Operation */
/** @typedef {{ operation: Operation, bucket: string, key?: string, prefix?: string }} Where */

/** @type {Record<string, (new (message: string, originalError: unknown) => Error) | undefined>} */
const CLASSES = {
  KeyExists: errors.KeyExistsError,
  StaleData: errors.StaleDataError,
  WriteConflict: errors.ConcurrentWriteConflictError,
  Unsupported: errors.UnsupportedBucketOperationError,
  Ambiguous: errors.AmbiguousWriteError,
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

module.exports = { CLASSES, called, named }
