'use strict'

// Bodies whose bytes are still to come: streams, Node's and the web's, what can be iterated, and open files.

const { isAnyArrayBuffer } = require('node:util').types
const { invalidType, invalidValue, outOfRange } = require('../argument-errors.cjs')
const { checkBytes, isBlob } = require('../arguments.cjs')
const { toBytes } = require('./given.cjs')

/** Bytes that are read of a file at once. */
const READ_SIZE = 256 * 1024

/**
 * @typedef {object} Source
 * @property {() => Promise<unknown>} next the next chunk, never undefined before the end
 * @property {() => void} cancel ends the source before its end, and frees what it holds
 */

/** @param {any} body */
function isWebStream(body) {
  return typeof body.getReader === 'function'
}

/** @param {any} body */
function isFileHandle(body) {
  return typeof body.fd === 'number' && typeof body.read === 'function' && typeof body.createReadStream === 'function'
}

/** @param {any} body */
function isNodeStream(body) {
  return typeof body.pipe === 'function'
}

/**
 * What was read before would be missing from what is written, without anybody noticing.
 * @param {any} body what isStream
 */
function checkSource(body) {
  if (isFileHandle(body)) {
    if (body.fd < 0) throw invalidValue('body', 'must be an open file: this FileHandle is closed')
    return
  }
  if (body.locked === true) throw invalidValue('body', 'must not be locked: somebody else reads this stream')
  if (!isWebStream(body) && typeof body[Symbol.asyncIterator] !== 'function') {
    throw invalidType('body', 'a stream that can be iterated (new Readable().wrap(body) makes one)', body)
  }
  // Not in every release of Node's types.
  const { isDisturbed } = /** @type {any} */ (require('node:stream'))
  if (body.destroyed === true || body.readableEnded === true || isDisturbed(body)) {
    throw invalidValue('body', 'must not have been read, cancelled or destroyed before: give a new stream')
  }
}

/**
 * @param {any} body what isStream, or a Blob
 * @returns {Source}
 */
function openSource(body) {
  if (isBlob(body)) return fromWeb(/** @type {any} */ (body).stream())
  if (isFileHandle(body)) return fromFile(body)
  if (isWebStream(body)) return fromWeb(body)
  return isNodeStream(body) ? fromNode(body) : fromIterable(body)
}

/**
 * @param {any} stream
 * @returns {Source}
 */
function fromWeb(stream) {
  const reader = stream.getReader()
  return {
    next: async () => valueOf(await reader.read()),
    // Nobody waits for it, nor would know what to do where it fails.
    cancel: () => void reader.cancel().catch(() => {}),
  }
}

/**
 * @param {any} stream
 * @returns {Source}
 */
function fromNode(stream) {
  const iterator = stream[Symbol.asyncIterator]()
  return {
    next: async () => valueOf(await iterator.next()),
    // Without an error: where nobody listens, that would end the process.
    cancel: () => stream.destroy(),
  }
}

/**
 * From where the file is to its end. It is not closed: its owner does that.
 * @param {any} file
 * @returns {Source}
 */
function fromFile(file) {
  const buffer = Buffer.allocUnsafe(READ_SIZE)
  return {
    async next() {
      const { bytesRead } = await file.read(buffer, 0, READ_SIZE, null)
      return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead)
    },
    cancel() {},
  }
}

/**
 * @param {any} iterable
 * @returns {Source}
 */
function fromIterable(iterable) {
  const iterator = iterable[Symbol.asyncIterator]()
  return {
    next: async () => valueOf(await iterator.next()),
    cancel() {
      // A generator that waits for something ends once it has that; nobody waits for it, nor hears how it fails.
      const end = async () => iterator.return?.()
      void end().catch(() => {})
    },
  }
}

/**
 * @param {any} result of an iterator
 * @returns {unknown}
 */
function valueOf(result) {
  if (result.done) return undefined
  if (result.value === undefined) throw invalidType('body', 'a stream of strings or bytes', undefined)
  return result.value
}

/**
 * The bytes of a source, each chunk as it is at this moment.
 * @param {Source} source
 * @param {number | undefined} length how many there must be
 * @returns {() => Promise<Uint8Array | undefined>}
 */
function bytesOf(source, length) {
  let sum = 0
  return async () => {
    const chunk = await source.next()
    const bytes = chunk === undefined ? undefined : chunkBytes(chunk)
    sum += bytes?.length ?? 0
    if (length !== undefined && (sum > length || (!bytes && sum < length))) {
      const found = bytes ? `at least ${sum}` : String(sum)
      throw outOfRange('options.contentLength', `the number of bytes that body gives, ${found}`, length)
    }
    return bytes
  }
}

/**
 * All of a body, or nothing where it has more bytes than `limit`.
 * @param {number} limit
 * @param {any} body
 * @param {number | undefined} length
 */
async function collectUpTo(limit, body, length) {
  const source = openSource(body)
  const next = bytesOf(source, length)
  const chunks = []
  let sum = 0
  try {
    for (let bytes = await next(); bytes; bytes = await next()) {
      sum += bytes.length
      if (sum > limit) {
        source.cancel()
        return undefined
      }
      // Whoever gives the chunks may use their memory again.
      chunks.push(Buffer.from(bytes))
    }
  } catch (error) {
    source.cancel()
    throw error
  }
  return Buffer.concat(chunks)
}

/** @param {any} chunk */
function chunkBytes(chunk) {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (!(ArrayBuffer.isView(chunk) || isAnyArrayBuffer(chunk))) {
    throw invalidType('body', 'a stream of strings or bytes', chunk)
  }
  checkBytes(chunk)
  return /** @type {Uint8Array} */ (toBytes(chunk))
}

module.exports = { checkSource, openSource, bytesOf, collectUpTo }
