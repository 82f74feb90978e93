'use strict'

// What the native engine reports of a call that succeeded becomes what the call resolves to.

const { readDelete, readGet, readWrite } = require('../response.cjs')
const { HeadResult, NotModifiedResult, Result } = require('../result.cjs')
const { inOrder } = require('../versions.cjs')

/** @typedef {import('../body/native-body.cjs').BufferedBody} BufferedBody */
/** @typedef {import('../body/native-body.cjs').StreamedBody} StreamedBody */
/** @typedef {import('../store.cjs').Page} Page */
/** @typedef {import('./report.cjs').Report} Report */

const NOT_MODIFIED = 304

/**
 * @param {Report} report
 * @param {BufferedBody | StreamedBody} body
 */
function readGetResponse(report, body) {
  // Loaded with the first one.
  const { BodyStream } = require('../body/pieces.cjs')
  return { ...readGet(JSON.parse(report.head)), Body: new BodyStream(body) }
}

/**
 * What is known of an object without its bytes: all of it, or that nothing has changed.
 * @param {Report} report
 * @param {string} [asked] the tag that was asked about: some servers leave it out of a 304
 */
function readHeadResult(report, asked) {
  const head = JSON.parse(report.head)
  const Class = head.status === NOT_MODIFIED ? NotModifiedResult : HeadResult
  return new Class(report.etag ?? asked, undefined, () => readGet(head))
}

/** @param {Report} report */
function readWriteResult(report) {
  return new Result(report.etag, undefined, () => readWrite(JSON.parse(report.head)))
}

/** @param {Report} report */
function readDeleteResult(report) {
  return new Result(undefined, undefined, () => readDelete(JSON.parse(report.head)))
}

/** @param {Report} report */
function readJson(report) {
  return JSON.parse(report.head)
}

/**
 * @param {Report} report
 * @returns {import('../../index.cjs').PresignedRequest}
 */
function readLink(report) {
  const { headers, expiresAt, ...link } = JSON.parse(report.head)
  return { ...link, headers: Object.fromEntries(headers), expiresAt: new Date(expiresAt) }
}

/**
 * @param {Report} report
 * @returns {Page}
 */
function readPage(report) {
  const page = JSON.parse(report.head)
  for (const object of page.contents) {
    if (object.LastModified !== undefined) object.LastModified = new Date(object.LastModified)
  }
  return { ...page, ahead: true }
}

/**
 * @param {Report} report
 * @returns {Page}
 */
function readVersionsPage(report) {
  const page = readPage(report)
  return { ...page, contents: inOrder(page.contents) }
}

/**
 * @param {Report} report
 * @returns {Record<string, string>}
 */
function readTags(report) {
  return Object.fromEntries(JSON.parse(report.head))
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
