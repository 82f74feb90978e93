'use strict'

// The options of a listing.

const { describe, invalidType, invalidValue, refuseUnknown } = require('./argument-errors.cjs')
const { checkedInteger } = require('./checked.cjs')
const { CONTROL_OPTIONS, UNCONTROLLED, readControl } = require('./control.cjs')
const { PARTIES, readRequest } = require('./request-options.cjs')
const { isWellFormed } = require('./text.cjs')

/** @typedef {import('./control.cjs').Control} Control */
/**
 * What a listing asks for beyond its prefix.
 * @typedef {object} ListParts
 * @property {string} [delimiter]
 * @property {string} [startAfter]
 * @property {number} [pageSize]
 * @property {import('./request-options.cjs').Request} [request]
 */
/** @typedef {ListParts & Control} List */

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, max-keys
const MAX_PAGE_SIZE = 1000
const VERSIONS_OPTIONS = new Set([...CONTROL_OPTIONS, 'delimiter', 'pageSize', ...Object.keys(PARTIES)])
const OPTIONS = new Set([...VERSIONS_OPTIONS, 'startAfter'])

/**
 * @param {unknown} options
 * @returns {List}
 */
function readListOptions(options) {
  return readOptions(options, OPTIONS)
}

/**
 * S3 begins a listing of versions only where another ended.
 * @param {unknown} options
 * @returns {List}
 */
function readListVersionsOptions(options) {
  return readOptions(options, VERSIONS_OPTIONS)
}

/**
 * @param {unknown} options
 * @param {ReadonlySet<string>} known
 * @returns {List}
 */
function readOptions(options, known) {
  if (options === undefined) return UNCONTROLLED
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidType('options', 'an object', options)
  }
  refuseUnknown('options', options, known)
  const { delimiter, startAfter, pageSize } = /** @type {Record<string, unknown>} */ (options)
  return {
    delimiter: checkedString('options.delimiter', delimiter),
    startAfter: checkedString('options.startAfter', startAfter),
    pageSize: checkedInteger('options.pageSize', pageSize, 1, MAX_PAGE_SIZE),
    request: readRequest(options, PARTIES),
    ...readControl(options),
  }
}

/**
 * @param {string} argument
 * @param {unknown} value
 */
function checkedString(argument, value) {
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw invalidType(argument, 'a string', value)
  if (value === '') throw invalidValue(argument, 'must not be empty')
  if (!isWellFormed(value)) {
    throw invalidValue(argument, `must be well-formed Unicode, got a lone surrogate in ${describe(value)}`)
  }
  return value
}

module.exports = { readListOptions, readListVersionsOptions }
