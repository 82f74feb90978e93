'use strict'

// What moves between S3 and a file is told: where the file is, and how the parts go.

const { resolve } = require('node:path')
const { fileURLToPath } = require('node:url')
const { lookup } = require('mrmime')
const { invalidType, invalidValue } = require('./argument-errors.cjs')
const { checkEtag } = require('./arguments.cjs')
const { checkedInteger } = require('./checked.cjs')
const { checkedOnProgress } = require('./progress.cjs')
const { readHeadOptions } = require('./read-options.cjs')
const { DEFAULT_UPLOAD } = require('./upload-options.cjs')
const { readWriteOptions } = require('./write-options.cjs')

/** @typedef {import('./upload-options.cjs').Upload} Upload */
/** @typedef {import('./read-options.cjs').Read & Upload & { ifMatch?: string, onBytes?: (bytes: number) => void }} Download */

const UNKNOWN_TYPE = 'application/octet-stream'
const LEAST_PART = 1024 * 1024
const DOWNLOAD_CONCURRENCY = 4

/**
 * Where a file is, whatever becomes of the working directory.
 * @param {unknown} path
 * @returns {string}
 */
function checkedPath(path) {
  if (Object.prototype.toString.call(path) === '[object URL]') {
    const { protocol } = /** @type {URL} */ (path)
    if (protocol !== 'file:') throw invalidValue('path', `must be a file: URL, got one with ${protocol}`)
    return fileURLToPath(/** @type {URL} */ (path))
  }
  if (typeof path !== 'string') throw invalidType('path', 'a string or a file: URL', path)
  if (path === '' || path.includes('\0')) throw invalidValue('path', 'must not be empty, nor have a null character')
  return resolve(path)
}

/**
 * The options of a write that has a file for its body. Its type is what its name says, unless the caller does.
 * @param {unknown} options
 * @param {string} path
 */
function readFileWriteOptions(options, path) {
  const given = readWriteOptions(options)
  const isTyped = typeof options === 'string' || Object(options).contentType !== undefined
  if (Object(options).contentLength !== undefined) {
    throw invalidValue('options.contentLength', 'is no option here: a file has a length of its own')
  }
  return { ...given, contentType: isTyped ? given.contentType : (lookup(path) ?? UNKNOWN_TYPE) }
}

/**
 * @param {any} options
 * @returns {Download}
 */
function readDownloadOptions(options) {
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options))) {
    throw invalidType('options', 'an object', options)
  }
  const { ifMatch, partSize, concurrency, onProgress, ...read } = options ?? {}
  if (ifMatch !== undefined) {
    checkEtag(ifMatch, 'options.ifMatch')
    for (const other of ['ifNoneMatch', 'ifModifiedSince']) {
      if (read[other] !== undefined)
        throw invalidValue('options.ifMatch', `can't be had together with options.${other}`)
    }
  }
  return {
    ...readHeadOptions(read),
    ifMatch,
    onProgress: checkedOnProgress(onProgress),
    partSize: checkedInteger('options.partSize', partSize, LEAST_PART) ?? DEFAULT_UPLOAD.partSize,
    concurrency: checkedInteger('options.concurrency', concurrency, 1) ?? DOWNLOAD_CONCURRENCY,
  }
}

module.exports = { checkedPath, readDownloadOptions, readFileWriteOptions }
