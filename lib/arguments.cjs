'use strict'

// Every rule for what a method of the store takes beside its options. Nothing is sent unless all of them hold.

const { isAnyArrayBuffer, isPromise, isTypedArray } = require('node:util').types
const { describe, invalidType, invalidValue, outOfRange } = require('./argument-errors.cjs')
const { isWellFormed } = require('./text.cjs')

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
const MAX_KEY_BYTES = 1024
// A UTF-16 unit takes at most three bytes of UTF-8, so that shorter keys need no counting.
const SURELY_SHORT_KEY = Math.floor(MAX_KEY_BYTES / 3)

const WRITE_ID_VALUE = /^[0-9a-f]{32}$/

// RFC 9110, section 8.8.3, without the weak form: If-Match compares strongly (section 13.1.1), so that a weak tag never matches.
const QUOTED_ETAG = /^"[\x21\x23-\x7e]+"$/
// Servers and clients pass tags around without their quotes too, and S3 accepts them so.
const BARE_ETAG = /^[\x21\x23-\x2b\x2d-\x7e]+$/
const ANY_ETAG = new Set(['*', '"*"'])

/**
 * @param {unknown} key
 * @param {string} [argument]
 * @returns {asserts key is string}
 */
function checkKey(key, argument = 'key') {
  if (typeof key !== 'string') throw invalidType(argument, 'a string', key)
  if (key === '') throw invalidValue(argument, 'must not be empty')
  if (!isWellFormed(key))
    throw invalidValue(argument, `must be well-formed Unicode, got a lone surrogate in ${describe(key)}`)
  if (key.length <= SURELY_SHORT_KEY) return
  const bytes = Buffer.byteLength(key)
  if (bytes > MAX_KEY_BYTES) throw outOfRange(argument, `at most ${MAX_KEY_BYTES} bytes of UTF-8`, `${bytes} bytes`)
}

/**
 * @param {unknown} prefix
 * @returns {asserts prefix is string | undefined}
 */
function checkPrefix(prefix) {
  if (prefix === undefined) return
  if (typeof prefix !== 'string') throw invalidType('prefix', 'a string or undefined', prefix)
  if (!isWellFormed(prefix)) {
    throw invalidValue('prefix', `must be well-formed Unicode, got a lone surrogate in ${describe(prefix)}`)
  }
}

/**
 * One strong entity-tag. Anything that could match more than one version would overwrite data that nobody has seen.
 * @param {unknown} etag
 * @param {string} [argument]
 * @returns {asserts etag is string}
 */
function checkEtag(etag, argument = 'etag') {
  if (typeof etag !== 'string') throw invalidType(argument, 'the etag of an object, a string', etag)
  if (etag === '' || etag === '""') throw invalidValue(argument, 'must not be empty')
  if (ANY_ETAG.has(etag)) throw invalidValue(argument, `must not be ${etag}: it would match anything`)
  if (QUOTED_ETAG.test(etag) || BARE_ETAG.test(etag)) return
  if (etag.startsWith('W/')) throw invalidValue(argument, `must be a strong entity-tag, got the weak ${describe(etag)}`)
  throw invalidValue(argument, `must be one entity-tag, got ${describe(etag)}`)
}

/**
 * The tag of a read that asks for changes: it is compared weakly (RFC 9110, section 13.1.2).
 * @param {unknown} etag
 * @param {string} argument
 */
function checkKnownEtag(etag, argument) {
  checkEtag(typeof etag === 'string' ? etag.replace(/^W\/(?=")/, '') : etag, argument)
}

/**
 * @param {unknown} writeId
 * @returns {asserts writeId is string}
 */
function checkWriteId(writeId) {
  if (typeof writeId !== 'string') throw invalidType('writeId', 'the id of a write, a string', writeId)
  if (!WRITE_ID_VALUE.test(writeId)) {
    throw invalidValue('writeId', `must be 32 lower-case hexadecimal digits, got ${describe(writeId)}`)
  }
}

/** @param {unknown} body */
function checkBody(body) {
  if (isWhole(body, 'body')) return
  // Loaded with the first one.
  if (isStream(body)) return require('./body/source.cjs').checkSource(body)
  throw notABody(body, 'a string, a Buffer, an ArrayBuffer or a view of one, a Blob, or a stream', 'body')
}

/**
 * The same of a body that must be all there.
 * @param {unknown} body
 * @param {string} argument
 */
function checkWholeBody(body, argument) {
  if (isWhole(body, argument)) return
  throw notABody(body, 'a string, a Buffer, an ArrayBuffer or a view of one, or a Blob', argument)
}

/**
 * Whether a body is all there, told without `instanceof`, which fails for values of another realm (jest runs tests in one).
 * @param {unknown} body
 * @param {string} argument
 */
function isWhole(body, argument) {
  if (typeof body === 'string' || isBlob(body)) return true
  if (!ArrayBuffer.isView(body) && !isAnyArrayBuffer(body)) return false
  checkBytes(body, argument)
  return true
}

/**
 * @param {unknown} body
 * @param {string} expected
 * @param {string} argument
 */
function notABody(body, expected, argument) {
  const advice = adviceOn(body)
  return invalidType(argument, advice ? `${expected} (${advice})` : expected, body)
}

/**
 * What would make a body of something that is none.
 * @param {unknown} body
 */
function adviceOn(body) {
  if (hasBlobTag(body)) return 'this Blob has no arrayBuffer(), as in jsdom: read it with a FileReader first'
  if (isStream(body)) return 'createObject and putObjectIfMatch take a stream, an update reads it into a Buffer first'
  if (isPromise(body)) return 'await it'
  if (isAnyPlain(body)) return 'for JSON: createJsonWrapper(store), or JSON.stringify'
  return undefined
}

/** @param {unknown} value an object or an array without a class of its own */
function isAnyPlain(value) {
  return Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]'
}

/**
 * Bytes that were transferred away (to a worker, say) look like none: writing them would lose them in silence.
 * @param {ArrayBufferView | ArrayBufferLike} body
 * @param {string} [argument]
 */
function checkBytes(body, argument = 'body') {
  try {
    // Each of these throws where the memory is gone, or ends before the view. `detached` is newer than Node.js 20.
    if (isTypedArray(body)) Uint8Array.prototype.at.call(body, 0)
    else if (ArrayBuffer.isView(body)) Reflect.get(DataView.prototype, 'byteLength', body)
    else Reflect.construct(Uint8Array, [body])
  } catch (cause) {
    throw invalidValue(argument, 'must not be detached, nor a view beyond the end of its buffer', cause)
  }
}

/**
 * @param {unknown} body
 * @returns {body is Blob}
 */
function isBlob(body) {
  return hasBlobTag(body) && 'arrayBuffer' in body && typeof body.arrayBuffer === 'function'
}

/**
 * @param {unknown} body
 * @returns {body is object}
 */
function hasBlobTag(body) {
  if (typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) return false
  const tag = Object.prototype.toString.call(body)
  return tag === '[object Blob]' || tag === '[object File]'
}

/**
 * Whether the bytes of a body are still to come: a stream, Node's or the web's, what can be iterated, an open file.
 * @param {unknown} body
 */
function isStream(body) {
  if (typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) return false
  return 'pipe' in body || 'getReader' in body || 'createReadStream' in body || Symbol.asyncIterator in body
}

module.exports = {
  checkKey,
  checkPrefix,
  checkEtag,
  checkKnownEtag,
  checkWriteId,
  checkBody,
  checkBytes,
  checkWholeBody,
  isBlob,
  isStream,
}
