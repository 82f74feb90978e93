'use strict'

// The options of copies: those of any write, the condition that a write never lacks, and what is said of the source.

const { invalidType, refuseUnknown } = require('./argument-errors.cjs')
const { checkEtag } = require('./arguments.cjs')
const { checkedBoolean, checkedInteger } = require('./checked.cjs')
const { CONTROL_OPTIONS, readControl } = require('./control.cjs')
const { COPY, checkedText, readRequest } = require('./request-options.cjs')
const { readPartOptions } = require('./upload-options.cjs')
const { checkWriteCondition, checkedMetadata } = require('./write-options.cjs')

/** @typedef {import('./control.cjs').Control} Control */
/**
 * @typedef {object} CopyParts
 * @property {string} [ifMatch] without it, the key must be absent
 * @property {string} [sourceIfMatch]
 * @property {string} [sourceVersionId]
 * @property {string} [contentType] the source's unless given
 * @property {Record<string, string>} [metadata] the source's unless given
 * @property {boolean} [recovery] the store's own unless given
 * @property {number} [maxAttempts] the store's own unless given
 * @property {number} [partSize] bytes
 * @property {number} [concurrency] parts on their way at once
 * @property {import('./request-options.cjs').Request} [request]
 */
/** @typedef {CopyParts & Control} Copy */

const CONDITIONS = ['ifMatch', 'ifNoneMatch', 'sourceIfMatch', 'sourceVersionId']
const RESTORE_OPTIONS = new Set([
  ...CONTROL_OPTIONS,
  ...['contentType', 'metadata', 'recovery', 'maxAttempts', 'partSize', 'concurrency'],
  ...Object.keys(COPY),
])
const COPY_OPTIONS = new Set([...CONDITIONS, ...RESTORE_OPTIONS])

/**
 * @param {unknown} options
 * @returns {Copy}
 */
function readCopyOptions(options) {
  const { given, copy } = readOptions(options, COPY_OPTIONS)
  const { ifMatch, sourceIfMatch, sourceVersionId } = given
  checkWriteCondition(given)
  if (ifMatch !== undefined) checkEtag(ifMatch, 'options.ifMatch')
  if (sourceIfMatch !== undefined) checkEtag(sourceIfMatch, 'options.sourceIfMatch')
  return {
    ...copy,
    ifMatch,
    sourceIfMatch,
    sourceVersionId:
      sourceVersionId === undefined ? undefined : checkedText('options.sourceVersionId', sourceVersionId),
  }
}

/**
 * A copy of a version onto its own key.
 * @param {unknown} versionId
 * @param {unknown} etag of what is to be replaced; null where there is nothing
 * @param {unknown} options
 * @returns {Copy}
 */
function readRestoreOptions(versionId, etag, options) {
  const sourceVersionId = checkedText('versionId', versionId)
  if (etag !== null) checkEtag(etag)
  const { copy } = readOptions(options, RESTORE_OPTIONS)
  return { ...copy, ifMatch: etag ?? undefined, sourceVersionId }
}

/**
 * @param {unknown} options
 * @param {ReadonlySet<string>} known
 */
function readOptions(options, known) {
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options))) {
    throw invalidType('options', 'an object', options)
  }
  const given = /** @type {Record<string, any>} */ (options ?? {})
  refuseUnknown('options', given, known)
  const { contentType, metadata, recovery, maxAttempts } = given
  const copy = {
    ...readControl(given),
    contentType: contentType === undefined ? undefined : checkedText('options.contentType', contentType),
    metadata: checkedMetadata(metadata),
    recovery: checkedBoolean('options.recovery', recovery),
    maxAttempts: checkedInteger('options.maxAttempts', maxAttempts, 1),
    ...readPartOptions(given),
    request: readRequest(given, COPY),
  }
  return { given, copy }
}

module.exports = { readCopyOptions, readRestoreOptions }
