'use strict'

// What the native engine reports of a call that failed, and the error that becomes of it.

const { Aborted, reasonOf } = require('../abort.cjs')
const { CLASSES, called, named } = require('../error-parts.cjs')
const { readMetadata } = require('../response.cjs')

/** @typedef {import('../abort.cjs').Signal} Signal */
/** @typedef {import('../error-parts.cjs').Where} Where */
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
 * @property {string | null} [key] the key that it is about, where that is not the call's own
 * @property {string | null} [writeId]
 * @property {string | null} [currentEtag]
 * @property {boolean} [gone]
 * @property {string} [uploadId] of the upload in parts that could not be given up
 * @property {FailureData | null} [cause] why it is not known whether the write landed
 */

// The failures whose message is only worth something with the place that was asked.
const PLACED = new Set(['Transport', 'Timeout', 'Credentials', 'Configuration', 'Ambiguous'])
// And so are these answers of S3: most often another server was asked than was meant, or with others' credentials.
const PLACED_CODES = new Set([
  'AccessDenied',
  'AuthorizationHeaderMalformed',
  'InvalidAccessKeyId',
  'NoSuchBucket',
  'PermanentRedirect',
  'SignatureDoesNotMatch',
])
// They ask for keys with a prefix.
const LISTINGS = new Set(['list', 'listVersions'])
// It names no place that was asked.
const CLOSED = 'ERR_STORE_CLOSED'

// The SDK's name for an answer that carries no error code of S3's: a proxy's page, say.
const UNKNOWN = 'UnknownError'

/** A failure as the native engine reports it. Not an error yet: only the caller's own method has a stack worth keeping. */
class NativeFailure {
  /**
   * @param {string} json
   * @param {unknown} [credentialsError] what the caller's own credentials function threw last
   * @param {Signal} [signal] what can have aborted the call
   */
  constructor(json, credentialsError, signal) {
    /** @type {FailureData} */
    this.data = JSON.parse(json)
    const isCredentials = [this.data.kind, this.data.cause?.kind].includes('Credentials')
    this.cause = isCredentials ? credentialsError : undefined
    this.signal = signal
  }
}

/**
 * What a call rejects with: see {@link NativeFailure}.
 * @param {string} json
 * @param {unknown} credentialsError
 * @param {Signal | undefined} signal
 * @returns {NativeFailure | Aborted}
 */
function readFailure(json, credentialsError, signal) {
  const failure = new NativeFailure(json, credentialsError, signal)
  if (!signal?.aborted || failure.data.kind !== 'Aborted') return failure
  return new Aborted(withUpload(reasonOf(signal), failure.data.uploadId))
}

/**
 * What somebody else threw, with the upload in parts that could not be given up then, as far as it takes a property.
 * @param {unknown} thrown
 * @param {string} [uploadId]
 */
function withUpload(thrown, uploadId) {
  if (uploadId && typeof thrown === 'object' && thrown !== null) Reflect.set(thrown, 'uploadId', uploadId)
  return thrown
}

/**
 * @param {NativeFailure} failure
 * @param {Where} asked
 * @returns {Error}
 */
function fromNative({ data, cause, signal }, asked) {
  const where = data.key ? { ...asked, key: data.key } : asked
  const Class = CLASSES[data.kind]
  const wasAborted = signal && data.cause?.kind === 'Aborted'
  const error = Class
    ? new Class(messageOf(data, where), wasAborted ? reasonOf(signal) : originalError(data, where, cause))
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
  const message = messageOf(data, where)
  if (!data.service) return unansweredError({ ...data, message }, cause ?? originalError(data, where, cause))
  const error = serviceError(data.service, message, data.attempts)
  return data.endpoint ? Object.assign(error, { endpoint: data.endpoint }) : error
}

/**
 * What is known of a write beyond its failure.
 * @param {FailureData} data
 */
function knownOfWrite({ kind, writeId, currentEtag, gone, uploadId, attempts }) {
  return {
    ...(writeId ? { writeId } : undefined),
    ...(currentEtag ? { currentEtag } : undefined),
    ...(gone ? { gone } : undefined),
    ...(uploadId ? { uploadId } : undefined),
    ...(kind === 'Ambiguous' ? { attempts } : undefined),
  }
}

/**
 * @param {FailureData} data
 * @param {Where} where
 */
function messageOf({ kind, code, message, endpoint, service }, { operation, bucket, key, prefix }) {
  const isPlaced = kind === 'Service' ? PLACED_CODES.has(service?.code ?? '') : PLACED.has(kind)
  if (!isPlaced || code === CLOSED) return message
  const place = [`endpoint ${endpoint ?? 'not known'}`, `bucket ${bucket}`]
  if (key !== undefined) place.push(`key ${JSON.stringify(key)}`)
  else if (LISTINGS.has(operation)) place.push(`prefix ${JSON.stringify(prefix ?? '')}`)
  return `${message} (${place.join(', ')})`
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

module.exports = { NativeFailure, fromNative, readFailure, withUpload }
