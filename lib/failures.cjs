'use strict'

// What a call failed with becomes an error here and nowhere else: from the native engine's data, or from what a client threw.

const errors = require('./errors.cjs')
const outcomes = require('./outcomes.json')
const { readMetadata } = require('./response.cjs')

/** @typedef {import('../index.cjs').Operation} Operation */
/** @typedef {{ operation: Operation, bucket: string, key?: string, prefix?: string }} Where */
/**
 * @typedef {object} ServiceAnswer
 * @property {string} [code]
 * @property {string} message
 * @property {number} status
 * @property {'client' | 'server'} fault
 * @property {[string, string][]} headers
 * @property {string | null} [region]
 */
/**
 * @typedef {object} FailureData
 * @property {string} kind
 * @property {string} message
 * @property {number} attempts
 * @property {ServiceAnswer | null} [service]
 * @property {string | null} [code]
 * @property {string | null} [name]
 * @property {string | null} [endpoint]
 * @property {string | null} [writeId]
 * @property {string | null} [currentEtag]
 * @property {boolean} [gone]
 * @property {FailureData | null} [cause] why it is not known whether the write landed
 */

/** @type {Record<string, (new (message: string, originalError: unknown) => Error) | undefined>} */
const CLASSES = {
  KeyExists: errors.KeyExistsError,
  StaleData: errors.StaleDataError,
  WriteConflict: errors.ConcurrentWriteConflictError,
  Unsupported: errors.UnsupportedBucketOperationError,
  Ambiguous: errors.AmbiguousWriteError,
}

// The failures whose message is only worth something with the place that was asked.
const PLACED = new Set(['Transport', 'Timeout', 'Credentials', 'Configuration', 'Ambiguous'])

// The SDK's name for an answer that carries no error code of S3's: a proxy's page, say.
const UNKNOWN = 'UnknownError'

const CONDITION_HEADERS = new Set(['if-match', 'if-none-match'])

/** A failure as the native engine reports it. Not an error yet: only the caller's own method has a stack worth keeping. */
class NativeFailure {
  /**
   * @param {string} json
   * @param {unknown} [credentialsError] what the caller's own credentials function threw last
   */
  constructor(json, credentialsError) {
    /** @type {FailureData} */
    this.data = JSON.parse(json)
    const isCredentials = [this.data.kind, this.data.cause?.kind].includes('Credentials')
    this.cause = isCredentials ? credentialsError : undefined
  }
}

/** The engine can't do what was asked. */
class UnsupportedFailure {
  /** @param {string} message */
  constructor(message) {
    this.message = message
  }
}

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
 * @returns {unknown}
 */
function toError(failure, where) {
  const error = makeError(failure, where)
  if (error !== failure) Error.captureStackTrace(/** @type {Error} */ (error), toError)
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
  if (failure instanceof ClientConfigurationFailure) return fromConfiguration(failure, where)
  return fromClient(failure, where)
}

/**
 * @param {ClientConfigurationFailure} failure
 * @param {Where} where
 */
function fromConfiguration({ cause }, where) {
  const { name, message, code } = Object(cause)
  const place = `bucket ${where.bucket}${where.key === undefined ? '' : `, key ${JSON.stringify(where.key)}`}`
  const error = new Error(`the configuration of the client can't be read: ${message} (${place})`, { cause })
  if (typeof name === 'string') named(error, name)
  return Object.assign(error, { code: code ?? 'ERR_CLIENT_CONFIGURATION' }, called(where))
}

/**
 * @param {NativeFailure} failure
 * @param {Where} where
 * @returns {Error}
 */
function fromNative({ data, cause }, where) {
  const Class = CLASSES[data.kind]
  const error = Class
    ? new Class(messageOf(data, where), originalError(data, where, cause))
    : answeredOr(data, where, cause)
  return Object.assign(error, called(where), knownOfWrite(data))
}

/**
 * What an error of the store's own comes from: S3's answer, or what came instead of one.
 * @param {FailureData} data
 * @param {Where} where
 * @param {unknown} cause what the caller's own code threw
 */
function originalError({ service, attempts, cause: last }, where, cause) {
  if (service) return serviceError(service, service.message, attempts)
  if (!last) return undefined
  // In S3's own words: what the store would make of them is only half true when another attempt may have written.
  return answeredOr(
    last.service && CLASSES[last.kind] ? { ...last, message: last.service.message } : last,
    where,
    cause,
  )
}

/**
 * @param {FailureData} data
 * @param {Where} where
 * @param {unknown} [cause]
 * @returns {Error}
 */
function answeredOr(data, where, cause) {
  if (data.service) return serviceError(data.service, data.message, data.attempts)
  return unansweredError({ ...data, message: messageOf(data, where) }, cause ?? originalError(data, where, cause))
}

/**
 * What is known of a write beyond its failure.
 * @param {FailureData} data
 */
function knownOfWrite({ kind, writeId, currentEtag, gone, attempts }) {
  return {
    ...(writeId ? { writeId } : undefined),
    ...(currentEtag ? { currentEtag } : undefined),
    ...(gone ? { gone } : undefined),
    ...(kind === 'Ambiguous' ? { attempts } : undefined),
  }
}

/**
 * @param {FailureData} data
 * @param {Where} where
 */
function messageOf({ kind, message, endpoint }, { operation, bucket, key, prefix }) {
  if (!PLACED.has(kind)) return message
  const place = [`endpoint ${endpoint ?? 'not known'}`, `bucket ${bucket}`]
  if (key !== undefined) place.push(`key ${JSON.stringify(key)}`)
  else if (operation === 'list') place.push(`prefix ${JSON.stringify(prefix ?? '')}`)
  return `${message} (${place.join(', ')})`
}

/**
 * The fields by which an error says what was called.
 * @param {Where} where
 */
function called({ operation, bucket, key }) {
  return { operation, bucket, ...(key === undefined ? undefined : { key }) }
}

/**
 * An error as the JavaScript SDK makes it of an answer.
 * @param {ServiceAnswer} service
 * @param {string} message
 * @param {number} attempts
 */
function serviceError({ code = UNKNOWN, status, fault, headers, region }, message, attempts) {
  const $metadata = readMetadata({ status, attempts, headers })
  return Object.assign(named(new Error(message), code), {
    Code: code,
    $fault: fault,
    $metadata,
    RequestId: $metadata.requestId,
    ...(region ? { region } : undefined),
  })
}

/**
 * The request got no answer.
 * @param {FailureData} data
 * @param {unknown} cause
 */
function unansweredError({ message, name, code, endpoint, attempts }, cause) {
  const error = new Error(message, cause === undefined ? undefined : { cause })
  return Object.assign(name ? named(error, name) : error, {
    ...(code ? { code } : undefined),
    ...(endpoint ? { endpoint } : undefined),
    $metadata: { attempts },
  })
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
 * @param {unknown} thrown
 * @param {Where} where
 */
function fromClient(thrown, where) {
  const outcome = outcomes.find(({ operation, code }) => operation === where.operation && isCode(thrown, code, where))
  const Class = outcome && CLASSES[outcome.kind]
  return Class ? Object.assign(new Class(outcome.message, thrown), called(where)) : thrown
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

module.exports = { NativeFailure, UnsupportedFailure, ClientConfigurationFailure, toError }
