'use strict'

// The tags of an object, and the options of what reads and replaces them.

const { invalidType, invalidValue, refuseUnknown } = require('./argument-errors.cjs')
const { CONTROL_OPTIONS, UNCONTROLLED, readControl } = require('./control.cjs')
const { PARTIES, checkedStrings, checkedText, readRequest } = require('./request-options.cjs')
const { isXmlText } = require('./text.cjs')

/** @typedef {import('./control.cjs').Control} Control */
/** @typedef {{ versionId?: string, request?: import('./request-options.cjs').Request } & Control} TagAccess */

const OPTIONS = new Set([...CONTROL_OPTIONS, 'versionId', ...Object.keys(PARTIES)])

/**
 * @param {unknown} options
 * @returns {TagAccess}
 */
function readTagOptions(options) {
  if (options === undefined) return UNCONTROLLED
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidType('options', 'an object', options)
  }
  refuseUnknown('options', options, OPTIONS)
  const { versionId } = /** @type {Record<string, unknown>} */ (options)
  return {
    versionId: versionId === undefined ? undefined : checkedText('options.versionId', versionId),
    request: readRequest(options, PARTIES),
    ...readControl(options),
  }
}

/**
 * Names and values, as they are now. Which of them a tag may have, and how many there may be, S3 says itself.
 * @param {unknown} tags
 * @returns {[name: string, value: string][]}
 */
function checkedTags(tags) {
  const entries = checkedStrings('tags', tags)
  for (const [name, value] of entries) {
    if (name === '') throw invalidValue('tags', 'must not have an empty name')
    if (!isXmlText(name) || !isXmlText(value)) {
      throw invalidValue(`tags.${name}`, 'must not have control characters')
    }
  }
  return entries
}

module.exports = { readTagOptions, checkedTags }
