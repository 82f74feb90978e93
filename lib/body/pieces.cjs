'use strict'

// Node's streams over anything that gives its bytes piece by piece. Loaded with the first one: node:stream takes a tenth of an import.

const { Readable } = require('node:stream')
const { TextDecoder, inspect } = require('node:util')

/**
 * @typedef {object} Pieces
 * @property {() => Promise<any>} next the next piece, a Buffer (of a client's body, whatever bytes it gives), or undefined at the end
 * @property {() => void} cancel frees what is behind the pieces that were not read
 */
/** @typedef {import('../result.cjs').Body} Body */

/** A Readable of bytes. Nothing is read before somebody reads it, and no more than its buffer has room for, and a piece. */
class PieceStream extends Readable {
  #pieces

  /** @param {Pieces} pieces */
  constructor(pieces) {
    super()
    this.#pieces = pieces
  }

  /** @override */
  _read() {
    this.#pieces.next().then(
      (piece) => this.push(piece ?? null),
      (error) => this.destroy(error),
    )
  }

  /**
   * @override
   * @param {Error | null} error
   * @param {(error?: Error | null) => void} done
   */
  _destroy(error, done) {
    this.#pieces.cancel()
    done(error)
  }

  /**
   * What a developer sees of it: not the state of every stream.
   * @param {number} _depth
   * @param {import('node:util').InspectOptions} options
   */
  [inspect.custom](_depth, options) {
    const { readable, destroyed } = this
    return `${this.constructor.name} ${inspect({ readable, destroyed }, options)}`
  }
}

/** `response.Body` as the JavaScript SDK has it: a Readable with three methods more. */
class BodyStream extends PieceStream {
  #body

  /** @param {Body} body */
  constructor(body) {
    super(body.pieces())
    this.#body = body
  }

  /** @param {string} [encoding] one of Buffer's encodings, or of TextDecoder's; UTF-8 by default */
  async transformToString(encoding) {
    if (encoding === undefined) return await this.#body.text()
    // An encoding that nobody knows must not cost the bytes, which may be read only once.
    const decode = decoderOf(encoding)
    return decode(await this.#body.bytes())
  }

  async transformToByteArray() {
    return await this.#body.bytes()
  }

  transformToWebStream() {
    return this.#body.web()
  }
}

/**
 * @param {string} encoding
 * @returns {(bytes: Uint8Array) => string}
 */
function decoderOf(encoding) {
  if (Buffer.isEncoding(encoding)) {
    return ({ buffer, byteOffset, length }) => Buffer.from(buffer, byteOffset, length).toString(encoding)
  }
  const decoder = new TextDecoder(encoding)
  return (bytes) => decoder.decode(bytes)
}

module.exports = { BodyStream, PieceStream }
