'use strict'

// The options of what writes: a put and a delete.

const { describe, invalidType, invalidValue, refuseUnknown } = require('./argument-errors.cjs')
const { checkedBoolean, checkedInteger } = require('./checked.cjs')
const { CONTROL_OPTIONS, readControl } = require('./control.cjs')
const { checkedOnProgress } = require('./progress.cjs')
const {
  ACCESS,
  DELETE,
  FIELD_VALUE,
  LOOKED_AFTER,
  WRITE,
  checkedText,
  copyOptions,
  readRequest,
} = require('./request-options.cjs')
const { WRITE_ID } = require('./response.cjs')
const { UPLOAD_OPTIONS, readUploadOptions } = require('./upload-options.cjs')

/** @typedef {import('../index.cjs').WriteOptions} WriteOptions */
/** @typedef {import('./control.cjs').Control} Control */
/** @typedef {import('./request-options.cjs').Request} Request */
/**
 * What a write is made of beside key and body.
 * @typedef {object} WriteParts
 * @property {string} contentType
 * @property {Record<string, string>} [metadata]
 * @property {boolean} [recovery] the store's own unless given
 * @property {number} [maxAttempts] the store's own unless given
 * @property {Request} [request]
 * @property {import('./upload-options.cjs').Upload} [upload]
 * @property {import('./progress.cjs').OnProgress} [onProgress]
 * @property {(bytes: number) => void} [onBytes] hears how many bytes of a stream or file have been sent
 */
/** @typedef {WriteParts & Control} Write */
/** @typedef {{ idempotent: boolean, maxAttempts?: number, versionId?: string, request?: Request } & Control} Delete */

const DEFAULT_CONTENT_TYPE = 'application/json'
/** What a write is given, beyond what ends it early. */
const WRITE_PARTS = ['contentType', 'metadata', 'recovery', 'maxAttempts', ...Object.keys(WRITE)]
const WRITE_OPTIONS = new Set([...WRITE_PARTS, ...UPLOAD_OPTIONS, ...CONTROL_OPTIONS, 'onProgress'])
/** What says how to write, or whether that is allowed. */
const IMMATERIAL = new Set(['recovery', 'maxAttempts', ...Object.keys(ACCESS)])
const DELETE_OBJECTS_OPTIONS = new Set([...CONTROL_OPTIONS, ...Object.keys(DELETE)])
const DELETE_OPTIONS = new Set([...DELETE_OBJECTS_OPTIONS, 'versionId'])
const DELETE_IF_MATCH = { ...DELETE, ...LOOKED_AFTER }
const DELETE_IF_MATCH_OPTIONS = new Set([
  'idempotent',
  'maxAttempts',
  ...CONTROL_OPTIONS,
  ...Object.keys(DELETE_IF_MATCH),
])
/** @type {Delete} */
const NO_OPTIONS = Object.freeze({ idempotent: false })

// RFC 9110, section 5.6.2.
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/**
 * How many entries of metadata an object may get. Each is a header, of which the native client reads at most 100 in an answer (hyper's
 * `DEFAULT_MAX_HEADERS`, which the SDK's pool can't set); S3 may have some thirty of its own.
 */
const MAX_METADATA = 64

/**
 * @param {unknown} options the options, or the content type alone, as version 3 of the mirrored package had it
 * @returns {Write}
 */
function readWriteOptions(options) {
  if (options === undefined) return { contentType: DEFAULT_CONTENT_TYPE }
  if (typeof options === 'string') return { contentType: checkedText('contentType', options) }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidType('options', 'an object or a content type', options)
  }
  refuseUnknown('options', options, WRITE_OPTIONS)
  const {
    contentType = DEFAULT_CONTENT_TYPE,
    metadata,
    recovery,
    maxAttempts,
    onProgress,
  } = /** @type {import('../index.cjs').UploadOptions} */ (options)
  return {
    contentType: checkedText('options.contentType', contentType),
    metadata: checkedMetadata(metadata),
    recovery: checkedBoolean('options.recovery', recovery),
    maxAttempts: checkedInteger('options.maxAttempts', maxAttempts, 1),
    request: readRequest(options, WRITE),
    upload: readUploadOptions(options),
    onProgress: checkedOnProgress(onProgress),
    ...readControl(options),
  }
}

/**
 * The options of a delete that has no condition.
 * @param {unknown} options
 * @returns {Delete}
 */
function readDeleteOptions(options) {
  return readDelete(options, DELETE_OPTIONS)
}

/**
 * The same of many, each of which says its own version.
 * @param {unknown} options
 * @returns {Delete}
 */
function readDeleteObjectsOptions(options) {
  return readDelete(options, DELETE_OBJECTS_OPTIONS)
}

/**
 * @param {unknown} options
 * @returns {Delete}
 */
function readDeleteIfMatchOptions(options) {
  return readDelete(options, DELETE_IF_MATCH_OPTIONS)
}

/**
 * @param {unknown} options
 * @param {ReadonlySet<string>} known
 * @returns {Delete}
 */
function readDelete(options, known) {
  if (options === undefined) return NO_OPTIONS
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidType('options', 'an object', options)
  }
  refuseUnknown('options', options, known)
  const { idempotent, maxAttempts, versionId } = /** @type {Record<string, unknown>} */ (options)
  return {
    idempotent: checkedBoolean('options.idempotent', idempotent) ?? false,
    maxAttempts: checkedInteger('options.maxAttempts', maxAttempts, 1),
    versionId: versionId === undefined ? undefined : checkedText('options.versionId', versionId),
    request: readRequest(options, DELETE_IF_MATCH),
    ...readControl(options),
  }
}

/**
 * What a write that creates and overwrites has to be told which of the two it may.
 * @param {Record<string, any>} options
 */
function checkWriteCondition({ ifMatch, ifNoneMatch }) {
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw invalidValue('options.ifNoneMatch', `must be '*' for a write, got ${describe(ifNoneMatch)}`)
  }
  if ((ifMatch === undefined) === (ifNoneMatch === undefined)) {
    throw invalidValue(
      'options.ifNoneMatch',
      "or options.ifMatch must be given, and only one of them: ifNoneMatch: '*' to create only, ifMatch: an etag to overwrite only that object",
    )
  }
}

/**
 * A copy of what was checked: getters of the caller's may give something else the next time, and what is changed after the call
 * must not be written. S3 keeps at most 2 KiB of metadata and says so itself (MetadataTooLarge).
 * @param {unknown} metadata
 * @returns {Record<string, string> | undefined}
 */
function checkedMetadata(metadata) {
  if (metadata === undefined) return undefined
  if (Object.prototype.toString.call(metadata) !== '[object Object]') {
    throw invalidType('options.metadata', 'a flat object of strings', metadata)
  }
  const entries = Object.entries(/** @type {object} */ (metadata))
  if (entries.length > MAX_METADATA) {
    const why = 'each is a header, and an answer with more than 100 headers is not read'
    throw invalidValue('options.metadata', `must have at most ${MAX_METADATA} names (${why}), got ${entries.length}`)
  }
  const seen = new Set()
  for (const [name, value] of entries) {
    if (!TOKEN.test(name))
      throw invalidValue('options.metadata', `must have header tokens as names, got ${describe(name)}`)
    const argument = `options.metadata.${name}`
    if (typeof value !== 'string') throw invalidType(argument, 'a string', value)
    // Anything else comes back changed, or not at all: other bytes as RFC 2047 text, outer spaces trimmed.
    if (!FIELD_VALUE.test(value)) {
      throw invalidValue(argument, `must be printable ASCII without spaces at the edges, got ${describe(value)}`)
    }
    const lowerCase = name.toLowerCase()
    if (lowerCase === WRITE_ID)
      throw invalidValue(argument, 'is the name under which the store keeps the id of a write')
    if (seen.has(lowerCase)) throw invalidValue(argument, 'is there twice: names of metadata ignore case')
    seen.add(lowerCase)
  }
  return Object.fromEntries(entries)
}

/**
 * What an update's writes are given of its options: checked before anything is read, and as they are now, since what the caller
 * changes later is not written.
 * @param {object} options
 * @returns {WriteOptions}
 */
function checkedWriteParts(options) {
  const given = Object.entries(options).filter(([name]) => WRITE_PARTS.includes(name))
  readWriteOptions(Object.fromEntries(given))
  return copyOptions(options, WRITE_PARTS)
}

/**
 * Whether a write with these options leaves another object behind than one without them.
 * @param {object} options
 */
function changesObject(options) {
  return Object.keys(options).some((name) => !IMMATERIAL.has(name))
}

module.exports = {
  WRITE_PARTS,
  changesObject,
  checkWriteCondition,
  checkedMetadata,
  checkedWriteParts,
  readWriteOptions,
  readDeleteOptions,
  readDeleteObjectsOptions,
  readDeleteIfMatchOptions,
}
