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
 * @property {string | null} [writeId]
 * @property {string | null} [currentEtag]
 * @property {boolean} [gone]
 * @property {FailureData | null} [cause] why it is not known whether the write landed
 */

// The failures whose message is only worth something with the place that was asked.
const PLACED = new Set(['Transport', 'Timeout', 'Credentials', 'Configuration', 'Ambiguous'])
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
  return signal && failure.data.kind === 'Aborted' ? new Aborted(reasonOf(signal)) : failure
}

/**
 * @param {NativeFailure} failure
 * @param {Where} where
 * @returns {Error}
 */
function fromNative({ data, cause, signal }, where) {
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
function messageOf({ kind, code, message, endpoint }, { operation, bucket, key, prefix }) {
  if (!PLACED.has(kind) || code === CLOSED) return message
  const place = [`endpoint ${endpoint ?? 'not known'}`, `bucket ${bucket}`]
  if (key !== undefined) place.push(`key ${JSON.stringify(key)}`)
  else if (operation === 'list') place.push(`prefix ${JSON.stringify(prefix ?? '')}`)
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

module.exports = { NativeFailure, fromNative, readFailure }
