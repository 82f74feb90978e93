'use strict'

// What an update of the store itself gives to its caller's function, and takes from it.

const { checkWholeBody } = require('./arguments.cjs')
const { BufferedBody } = require('./body/native-body.cjs')
const { BodyStream } = require('./body/pieces.cjs')
const { GetResult } = require('./result.cjs')
const { changesObject, checkedWriteParts } = require('./write-options.cjs')

/** @typedef {import('../index.cjs').WriteOptions} WriteOptions */
/** @typedef {import('./error-parts.cjs').Where & { key: string }} Where */

/**
 * @param {Where} where of the gets
 * @returns {import('./update.cjs').Form}
 */
function formOf(where) {
  return { readOptions: readUpdateWrite, read: (got) => heldInMemory(got, where), toBody: checkedBody }
}

/** @param {WriteOptions} options */
function readUpdateWrite(options) {
  const write = checkedWriteParts(options)
  return { write, isForced: changesObject(write) }
}

/**
 * A get of which all bytes are here: a write that is decided on them may take its time, and read them again and again.
 * @param {GetResult} got
 * @param {Where} where
 */
async function heldInMemory(got, where) {
  const { buffer, byteOffset, length } = await got.asByteArray()
  const bytes = Buffer.from(buffer, byteOffset, length)
  const body = new BufferedBody(bytes, where)
  const readResponse = () => ({ ...got.response, Body: new BodyStream(body) })
  const held = new GetResult(got.etag, undefined, readResponse, body, where)
  return { current: held, bytes, got: held }
}

/**
 * @param {unknown} body
 * @param {string} argument
 */
function checkedBody(body, argument) {
  checkWholeBody(body, argument)
  return body
}

module.exports = { formOf }
