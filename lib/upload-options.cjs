'use strict'

// The options of a write whose body is a stream.

const { invalidType, outOfRange } = require('./argument-errors.cjs')
const { isStream } = require('./arguments.cjs')
const { checkedInteger } = require('./checked.cjs')

const MIB = 1024 * 1024
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const LEAST_PART = 5 * MIB
const MOST_PARTS = 10_000
const DEFAULT_PART = 8 * MIB
// With what Node.js keeps of the chunks that were read until it collects them, some 75 MiB: one more part, and 87 of the 96 that a
// gibibyte may take (__test__/streams-load.test.mjs).
const DEFAULT_CONCURRENCY = 3

const UPLOAD_OPTIONS = /** @type {const} */ (['contentLength', 'partSize', 'concurrency'])

/**
 * How a body of which not all is there is sent.
 * @typedef {object} Upload
 * @property {number} [contentLength] bytes
 * @property {boolean} [isGiven] whether the caller wants parts of this size
 * @property {number} partSize bytes
 * @property {number} concurrency parts on their way at once
 */

/**
 * @param {any} options
 * @returns {Upload | undefined} nothing where none is given
 */
function readUploadOptions({ contentLength, partSize, concurrency }) {
  if (contentLength === undefined && partSize === undefined && concurrency === undefined) return undefined
  const length = checkedLength('options.contentLength', contentLength)
  const given = readPartOptions({ partSize, concurrency })
  const upload = {
    isGiven: given.partSize !== undefined,
    partSize: given.partSize ?? DEFAULT_PART,
    concurrency: given.concurrency ?? DEFAULT_CONCURRENCY,
  }
  return length === undefined ? upload : sizedUpload(upload, length)
}

/**
 * How parts go, as far as it is given.
 * @param {any} options
 * @returns {{ partSize?: number, concurrency?: number }}
 */
function readPartOptions({ partSize, concurrency }) {
  return {
    partSize: checkedInteger('options.partSize', partSize, LEAST_PART),
    concurrency: checkedInteger('options.concurrency', concurrency, 1),
  }
}

/**
 * An upload of a body of which the length is known: as S3 takes a number of parts, there is a least size for them.
 * @param {Upload} upload
 * @param {number} contentLength in bytes
 * @returns {Upload}
 */
function sizedUpload(upload, contentLength) {
  const least = Math.ceil(contentLength / MOST_PARTS)
  if (upload.isGiven && upload.partSize < least) {
    throw outOfRange('options.partSize', `at least ${least}, for S3 takes ${MOST_PARTS} parts`, upload.partSize)
  }
  return { ...upload, contentLength, partSize: Math.max(upload.partSize, least) }
}

/**
 * @param {string} argument
 * @param {unknown} value
 * @returns {number | undefined}
 */
function checkedLength(argument, value) {
  if (value === undefined) return undefined
  if (typeof value !== 'number') throw invalidType(argument, 'a number', value)
  if (!Number.isSafeInteger(value) || value < 0) throw outOfRange(argument, 'an integer, 0 or more', value)
  return value
}

/**
 * The length of a body that is all there must be what it is said to be.
 * @param {any} body one that passed checkBody
 * @param {Upload | undefined} upload
 */
function checkLengthOf(body, upload) {
  if (upload?.contentLength === undefined || isStream(body)) return
  const length = typeof body === 'string' ? Buffer.byteLength(body) : (body.byteLength ?? body.size)
  if (length !== upload.contentLength) {
    throw outOfRange('options.contentLength', `the length of body, ${length} bytes`, upload.contentLength)
  }
}

/** @type {Upload} */
const DEFAULT_UPLOAD = Object.freeze({ partSize: DEFAULT_PART, concurrency: DEFAULT_CONCURRENCY })

module.exports = { DEFAULT_UPLOAD, UPLOAD_OPTIONS, checkLengthOf, readPartOptions, readUploadOptions, sizedUpload }
