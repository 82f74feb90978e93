'use strict'

// The bytes of a body that a caller gives to a write, once it passed checkBody.

const { isAnyArrayBuffer, isSharedArrayBuffer } = require('node:util').types
const { invalidType } = require('../argument-errors.cjs')
const { isBlob, isStream } = require('../arguments.cjs')

/** @typedef {import('../write-options.cjs').Write} Write */

/**
 * What the addon takes: text, or bytes, which it copies before it returns.
 * @param {any} body
 * @returns {string | Uint8Array}
 */
function toBytes(body) {
  if (typeof body === 'string') return body
  const bytes = body instanceof Uint8Array ? body : toView(body)
  // Node-API doesn't promise access to shared memory.
  return isSharedArrayBuffer(bytes.buffer) ? new Uint8Array(bytes) : bytes
}

/** @param {any} body */
function toView(body) {
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  return new Uint8Array(body)
}

/**
 * The bytes of a Blob. Whatever has its methods counts as one, so that what they give must be looked at.
 * @param {Blob} blob
 * @returns {Promise<ArrayBuffer>}
 */
async function readBlob(blob) {
  const bytes = await blob.arrayBuffer()
  if (!isAnyArrayBuffer(bytes)) throw invalidType('body', 'a Blob whose arrayBuffer() gives an ArrayBuffer', bytes)
  return bytes
}

/**
 * A copy of a body that is all there, for a call that can't be made at once: later changes of the caller's must not be written.
 * @param {any} body
 * @returns {string | Uint8Array | Blob}
 */
function copyBody(body) {
  if (typeof body === 'string' || isBlob(body) || isStream(body)) return body
  const bytes = /** @type {Uint8Array} */ (toBytes(body))
  return Buffer.isBuffer(body) ? Buffer.from(bytes) : new Uint8Array(bytes)
}

module.exports = { toBytes, readBlob, copyBody }
