'use strict'

// What a link is signed with. A link to write always has its condition: that is a header which whoever uploads must send.

const { describe, invalidType, invalidValue, refuseUnknown } = require('./argument-errors.cjs')
const { checkEtag, checkKnownEtag } = require('./arguments.cjs')
const { checkedBoolean, checkedInteger } = require('./checked.cjs')
const { CONTROL_OPTIONS, readControl } = require('./control.cjs')
const { readRange } = require('./read-options.cjs')
const { DELETE, HEAD, READ, WRITE, checkedDate, checkedText, readRequest } = require('./request-options.cjs')
const { checkWriteCondition, checkedMetadata } = require('./write-options.cjs')

/** @typedef {import('./control.cjs').Control} Control */
/** @typedef {import('./request-options.cjs').Request} Request */
/**
 * @typedef {object} LinkParts
 * @property {string} method
 * @property {number} expiresIn in seconds
 * @property {string} [ifMatch]
 * @property {string} [ifNoneMatch] of a read
 * @property {Date} [ifModifiedSince]
 * @property {string} [range]
 * @property {string} [versionId]
 * @property {boolean} [recovery]
 * @property {Request} [request]
 */
/** @typedef {LinkParts & Control} Link */

const DEFAULT_SECONDS = 900
// A week: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html, X-Amz-Expires
const MAX_SECONDS = 7 * 24 * 60 * 60

const COMMON = [...CONTROL_OPTIONS, 'expiresIn', 'ifMatch']
const CHANGES = ['ifNoneMatch', 'ifModifiedSince']
// Whoever uploads has the body.
const { checksum: _ofTheBody, ...LINK_WRITE } = WRITE
/** By method: the names of its options, and the table of those that are headers or parameters. */
const METHODS = {
  GET: { names: [...COMMON, ...CHANGES, 'range', 'versionId'], table: READ },
  HEAD: { names: [...COMMON, ...CHANGES, 'versionId'], table: HEAD },
  PUT: { names: [...COMMON, 'ifNoneMatch', 'contentType', 'metadata', 'recovery'], table: LINK_WRITE },
  DELETE: { names: [...COMMON, 'versionId'], table: DELETE },
}

/**
 * @param {unknown} method
 * @param {unknown} given
 * @returns {Link}
 */
function readPresignOptions(method, given) {
  if (typeof method !== 'string') throw invalidType('method', 'a string', method)
  const known = METHODS[/** @type {keyof typeof METHODS} */ (method)]
  if (!Object.hasOwn(METHODS, method)) {
    throw invalidValue('method', `must be one of GET, HEAD, PUT and DELETE, got ${describe(method)}`)
  }
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given))) {
    throw invalidType('options', 'an object', given)
  }
  const options = /** @type {Record<string, any>} */ (given ?? {})
  refuseUnknown('options', options, new Set([...known.names, ...Object.keys(known.table)]))
  const { ifMatch, versionId, range, recovery } = options
  if (ifMatch !== undefined) checkEtag(ifMatch, 'options.ifMatch')
  return {
    ...readControl(options),
    method,
    expiresIn: checkedInteger('options.expiresIn', options.expiresIn, 1, MAX_SECONDS) ?? DEFAULT_SECONDS,
    ifMatch,
    ...(method === 'PUT' ? checkWriteCondition(options) : readChanges(options)),
    range: range === undefined ? undefined : readRange(range),
    versionId: versionId === undefined ? undefined : checkedText('options.versionId', versionId),
    recovery: checkedBoolean('options.recovery', recovery),
    request: withHeaders(readRequest(options, known.table), options),
  }
}

/** @param {Record<string, any>} options */
function readChanges({ ifMatch, ifNoneMatch, ifModifiedSince }) {
  const given = Object.entries({ ifMatch, ifNoneMatch, ifModifiedSince }).filter(([, value]) => value !== undefined)
  if (given.length > 1) {
    throw invalidValue(`options.${given[1][0]}`, `can't be had together with options.${given[0][0]}`)
  }
  if (ifNoneMatch !== undefined) checkKnownEtag(ifNoneMatch, 'options.ifNoneMatch')
  return {
    ifNoneMatch,
    ifModifiedSince:
      ifModifiedSince === undefined ? undefined : checkedDate('options.ifModifiedSince', ifModifiedSince),
  }
}

/**
 * Content type and metadata, which are headers of a link like any other.
 * @param {Request | undefined} request
 * @param {Record<string, any>} options
 * @returns {Request | undefined}
 */
function withHeaders(request, { contentType, metadata }) {
  if (contentType === undefined && metadata === undefined) return request
  const { headers, ...rest } = request ?? { headers: [], query: [], fields: {} }
  const type = contentType === undefined ? [] : ['content-type', checkedText('options.contentType', contentType)]
  const own = Object.entries(checkedMetadata(metadata) ?? {}).flatMap(([name, value]) => [
    `x-amz-meta-${name.toLowerCase()}`,
    value,
  ])
  return { ...rest, headers: [...headers, ...type, ...own] }
}

module.exports = { readPresignOptions }
