'use strict'

// What the native engine reports of a call that succeeded becomes what the call resolves to.

const { BodyStream } = require('../body/pieces.cjs')
const { readDelete, readGet, readWrite } = require('../response.cjs')
const { Result } = require('../result.cjs')

/** @typedef {import('../body/native-body.cjs').BufferedBody} BufferedBody */
/** @typedef {import('../body/native-body.cjs').StreamedBody} StreamedBody */
/** @typedef {import('../store.cjs').Page} Page */

/**
 * @param {string} head
 * @param {BufferedBody | StreamedBody} body
 */
function readGetResponse(head, body) {
  return { ...readGet(JSON.parse(head)), Body: new BodyStream(body) }
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
 * @returns {Page}
 */
function readPage(_etag, json) {
  const page = JSON.parse(json)
  for (const object of page.contents) {
    if (object.LastModified !== undefined) object.LastModified = new Date(object.LastModified)
  }
  return page
}

module.exports = { readGetResponse, readWriteResult, readDeleteResult, readJson, readPage }
