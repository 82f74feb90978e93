'use strict'

// What the native engine reports of a call that succeeded becomes what the call resolves to.

const { BodyStream } = require('../body/pieces.cjs')
const { readDelete, readGet, readWrite } = require('../response.cjs')
const { HeadResult, NotModifiedResult, Result } = require('../result.cjs')
const { inOrder } = require('../versions.cjs')

/** @typedef {import('../body/native-body.cjs').BufferedBody} BufferedBody */
/** @typedef {import('../body/native-body.cjs').StreamedBody} StreamedBody */
/** @typedef {import('../store.cjs').Page} Page */

const NOT_MODIFIED = 304

/**
 * @param {string} head
 * @param {BufferedBody | StreamedBody} body
 */
function readGetResponse(head, body) {
  return { ...readGet(JSON.parse(head)), Body: new BodyStream(body) }
}

/**
 * What is known of an object without its bytes: all of it, or that nothing has changed.
 * @param {string | undefined} etag
 * @param {string} text
 */
function readHeadResult(etag, text) {
  const head = JSON.parse(text)
  const Class = head.status === NOT_MODIFIED ? NotModifiedResult : HeadResult
  return new Class(etag, undefined, () => readGet(head))
}

/**
 * @param {string | undefined} etag
 * @param {string} head
 */
function readWriteResult(etag, head) {
  return new Result(etag, undefined, () => readWrite(JSON.parse(head)))
}

/**
 * @param {string | undefined} _etag
 * @param {string} head
 */
function readDeleteResult(_etag, head) {
  return new Result(undefined, undefined, () => readDelete(JSON.parse(head)))
}

/**
 * @param {string | undefined} _etag
 * @param {string} json
 */
function readJson(_etag, json) {
  return JSON.parse(json)
}

/**
 * @param {string | undefined} _etag
 * @param {string} json
 * @returns {import('../../index.cjs').PresignedRequest}
 */
function readLink(_etag, json) {
  const { headers, expiresAt, ...link } = JSON.parse(json)
  return { ...link, headers: Object.fromEntries(headers), expiresAt: new Date(expiresAt) }
}

/**
 * @param {string | undefined} _etag
 * @param {string} json
 * @returns {Page}
 */
function readPage(_etag, json) {
  const page = JSON.parse(json)
  for (const object of page.contents) {
    if (object.LastModified !== undefined) object.LastModified = new Date(object.LastModified)
  }
  return { ...page, ahead: true }
}

/**
 * @param {string | undefined} _etag
 * @param {string} json
 * @returns {Page}
 */
function readVersionsPage(_etag, json) {
  const page = readPage(_etag, json)
  return { ...page, contents: inOrder(page.contents) }
}

/**
 * @param {string | undefined} _etag
 * @param {string} json
 * @returns {Record<string, string>}
 */
function readTags(_etag, json) {
  return Object.fromEntries(JSON.parse(json))
}

module.exports = {
  readGetResponse,
  readHeadResult,
  readWriteResult,
  readDeleteResult,
  readJson,
  readLink,
  readPage,
  readTags,
  readVersionsPage,
}
