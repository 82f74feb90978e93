'use strict'

const { isBlob } = require('../arguments.cjs')

/**
 * Whether a body is what these bytes are.
 * @param {any} body one that passed checkBody
 * @param {Buffer} bytes
 */
async function isSame(body, bytes) {
  if (typeof body === 'string') return Buffer.byteLength(body) === bytes.length && Buffer.from(body).equals(bytes)
  if (isBlob(body)) return body.size === bytes.length && Buffer.from(await body.arrayBuffer()).equals(bytes)
  return ArrayBuffer.isView(body)
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).equals(bytes)
    : Buffer.from(body).equals(bytes)
}

module.exports = { isSame }
