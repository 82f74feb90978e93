'use strict'

// What a write, a delete and a get resolve to, whichever engine did the work.

const { inspect } = require('node:util')
const { disposeBy } = require('./dispose.cjs')
const { parseJson } = require('./json-text.cjs')

/**
 * What reads the bytes of a get.
 * @typedef {object} Body
 * @property {() => string | Promise<string>} text
 * @property {() => Uint8Array | Promise<Uint8Array>} bytes
 * @property {() => any} web
 * @property {() => import('./body/pieces.cjs').Pieces} pieces
 * @property {() => void | Promise<void>} cancel
 */
/** @typedef {{ bucket: string, key: string }} Source */

class Result {
  #etag
  #response
  #readResponse

  /**
   * @param {string | undefined} etag
   * @param {any} response
   * @param {(() => any)} [readResponse] makes the response when it is first asked for
   */
  constructor(etag, response, readResponse) {
    this.#etag = etag
    this.#response = response
    this.#readResponse = readResponse
  }

  get etag() {
    return this.#etag
  }

  get response() {
    if (this.#readResponse) {
      this.#response = this.#readResponse()
      this.#readResponse = undefined
    }
    return this.#response
  }

  /** What `JSON.stringify` shows: all but the body, which is no JSON. */
  toJSON() {
    const { Body: _body, ...response } = Object(this.response)
    return { etag: this.etag, response }
  }

  /**
   * @param {number} _depth
   * @param {import('node:util').InspectOptions} options
   */
  [inspect.custom](_depth, options) {
    return `${this.constructor.name} ${inspect(this.toJSON(), options)}`
  }
}

/** What a head resolves to. */
class HeadResult extends Result {
  get notModified() {
    return /** @type {const} */ (false)
  }
}

/** What a read under a condition resolves to where nothing has changed. */
class NotModifiedResult extends Result {
  get notModified() {
    return /** @type {const} */ (true)
  }

  /** @override */
  toJSON() {
    return { notModified: true, ...super.toJSON() }
  }
}

class GetResult extends HeadResult {
  #body
  #source

  /**
   * @param {string | undefined} etag
   * @param {any} response
   * @param {(() => any) | undefined} readResponse
   * @param {Body} body
   * @param {Source} source
   */
  constructor(etag, response, readResponse, body, source) {
    super(etag, response, readResponse)
    this.#body = body
    this.#source = source
  }

  async asString() {
    return await this.#body.text()
  }

  async asByteArray() {
    return await this.#body.bytes()
  }

  async asWebStream() {
    return this.#body.web()
  }

  async asNodeStream() {
    // Loaded with the first one.
    const { PieceStream } = require('./body/pieces.cjs')
    return new PieceStream(this.#body.pieces())
  }

  /** Whoever leaves the loop before the end gives the body up. */
  async *[Symbol.asyncIterator]() {
    yield* await this.asNodeStream()
  }

  async asJson() {
    return parseJson(await this.#body.text(), this.#source)
  }

  async cancel() {
    await this.#body.cancel()
  }
}

disposeBy(GetResult, GetResult.prototype.cancel)

module.exports = { Result, HeadResult, NotModifiedResult, GetResult }
