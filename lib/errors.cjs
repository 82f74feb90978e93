'use strict'

// The store's own errors. Names are set by hand, because bundlers that minify rename classes.

class ConditionError extends Error {
  /**
   * @param {string} [message]
   * @param {unknown} [originalError] the answer of the server, or what came instead of one, as an error
   */
  constructor(message, originalError) {
    super(message, originalError === undefined ? undefined : { cause: originalError })
  }

  /** The mirrored package's name for `cause`. A getter, so that a logged error doesn't print it twice. */
  get originalError() {
    return this.cause
  }
}

/**
 * @param {Function} errorClass
 * @param {string} name
 */
function nameIt(errorClass, name) {
  Object.defineProperty(errorClass, 'name', { value: name, configurable: true })
  Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true, writable: true })
}

class KeyExistsError extends ConditionError {
  code = /** @type {const} */ ('KEY_EXISTS')
}

class StaleDataError extends ConditionError {
  code = /** @type {const} */ ('STALE_DATA')
}

class ConcurrentWriteConflictError extends ConditionError {
  code = /** @type {const} */ ('WRITE_CONFLICT')
}

class UnsupportedBucketOperationError extends ConditionError {
  code = /** @type {const} */ ('UNSUPPORTED_OPERATION')
}

class AmbiguousWriteError extends ConditionError {
  code = /** @type {const} */ ('AMBIGUOUS_WRITE')
}

class ChecksumMismatchError extends ConditionError {
  code = /** @type {const} */ ('CHECKSUM_MISMATCH')
}

nameIt(KeyExistsError, 'KeyExistsError')
nameIt(StaleDataError, 'StaleDataError')
nameIt(ConcurrentWriteConflictError, 'ConcurrentWriteConflictError')
nameIt(UnsupportedBucketOperationError, 'UnsupportedBucketOperationError')
nameIt(AmbiguousWriteError, 'AmbiguousWriteError')
nameIt(ChecksumMismatchError, 'ChecksumMismatchError')

const classes = {
  KeyExistsError,
  StaleDataError,
  ConcurrentWriteConflictError,
  UnsupportedBucketOperationError,
  AmbiguousWriteError,
  ChecksumMismatchError,
}

// The type check can't see the names that were set by hand.
module.exports = /** @type {Pick<typeof import('../index.cjs'), keyof typeof classes>} */ (classes)
