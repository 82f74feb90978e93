'use strict'

// What a call failed with becomes an error here and nowhere else: from the native engine's data, or from what a client threw.

const { Aborted } = require('./abort.cjs')
const { CLASSES, called, named } = require('./error-parts.cjs')
const errors = require('./errors.cjs')
const { NativeFailure, fromNative } = require('./native/failure.cjs')
const outcomes = require('./outcomes.json')

/** @typedef {import('./error-parts.cjs').Where} Where */

const CONDITION_HEADERS = new Set(['if-match', 'if-none-match'])

/** The engine can't do what was asked. */
class UnsupportedFailure {
  /** @param {string} message */
  constructor(message) {
    this.message = message
  }
}

/** The store was closed before the call was made. */
class ClosedFailure {}

/** The configuration of the caller's client could not be read, so that no request was made. */
class ClientConfigurationFailure {
  /** @param {unknown} cause what the client's own code threw */
  constructor(cause) {
    this.cause = cause
  }
}

/**
 * The error to throw. Called in the async method that the user called, so that its stack leads to the user's code.
 * @param {unknown} failure what the engine rejected with
 * @param {Where} where
 * @param {Function} [above] whose caller the stack is to begin with
 * @returns {unknown}
 */
function toError(failure, where, above = toError) {
  // The caller's own object, or no object at all: it stays as it is.
  if (failure instanceof Aborted) return failure.reason
  const error = makeError(failure, where)
  if (error !== failure) Error.captureStackTrace(/** @type {Error} */ (error), above)
  return error
}

/**
 * @param {unknown} failure
 * @param {Where} where
 */
function makeError(failure, where) {
  if (failure instanceof NativeFailure) return fromNative(failure, where)
  if (failure instanceof UnsupportedFailure) {
    return Object.assign(new errors.UnsupportedBucketOperationError(failure.message), called(where))
  }
  if (failure instanceof ClosedFailure) {
    return Object.assign(new Error('the store is closed'), { code: 'ERR_STORE_CLOSED' }, called(where))
  }
  if (failure instanceof ClientConfigurationFailure) return fromConfiguration(failure, where)
  return fromClient(failure, where)
}

/**
 * The error of a call whose time was up before the native engine, which has an error of its own, had anything to do with it.
 * @param {number} timeout in milliseconds
 * @param {Where} where
 */
function timeoutError(timeout, where) {
  const error = new Error(`no end within ${timeout} ms (${placeOf(where)})`)
  return Object.assign(named(error, 'TimeoutError'), { code: 'ETIMEDOUT' }, called(where))
}

/** @param {Where} where */
function placeOf({ bucket, key }) {
  return `bucket ${bucket}${key === undefined ? '' : `, key ${JSON.stringify(key)}`}`
}

/**
 * @param {ClientConfigurationFailure} failure
 * @param {Where} where
 */
function fromConfiguration({ cause }, where) {
  const { name, message, code } = Object(cause)
  const error = new Error(`the configuration of the client can't be read: ${message} (${placeOf(where)})`, { cause })
  if (typeof name === 'string') named(error, name)
  return Object.assign(error, { code: code ?? 'ERR_CLIENT_CONFIGURATION' }, called(where))
}

/**
 * @param {unknown} thrown
 * @param {Where} where
 */
function fromClient(thrown, where) {
  const outcome = outcomes.find(
    ({ operation, code }) => operation === where.operation && isCode(thrown, code, where) && !isBlind(code, where),
  )
  const Class = outcome && CLASSES[outcome.kind]
  return Class ? Object.assign(new Class(outcome.message, thrown), called(where)) : thrown
}

/**
 * What a server has no use for may be any header of a request that has more than its condition.
 * @param {string} code
 * @param {Where} where
 */
function isBlind(code, { further }) {
  return code === 'NotImplemented' && further === true
}

/**
 * Whether S3 said `code`: the JavaScript SDK has it as `Code`, a plain error as `name`.
 * @param {any} thrown
 * @param {string} code
 * @param {Where} where
 */
function isCode(thrown, code, { operation }) {
  if (typeof thrown !== 'object' || thrown === null) return false
  if (code !== 'NotImplemented') return (thrown.Code ?? thrown.name) === code
  // The mirrored package looks at `code` here. S3 names the header that it has no use for, which may be another one.
  const found = (thrown.Code ?? thrown.name) === code || (operation === 'deleteObjectIfMatch' && thrown.code === code)
  return found && (typeof thrown.Header !== 'string' || CONDITION_HEADERS.has(thrown.Header.toLowerCase()))
}

module.exports = { ClosedFailure, UnsupportedFailure, ClientConfigurationFailure, timeoutError, toError }
