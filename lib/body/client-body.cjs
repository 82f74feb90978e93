'use strict'

// The bytes of a delegated get, which are the client's: the SDK's stream knows how to be read, and a mock's Body may be
// anything that holds bytes.

const { Readable } = require('node:stream')
const consumers = require('node:stream/consumers')
const { Abort } = require('../abort.cjs')
const { usedError } = require('./errors.cjs')

/** @typedef {import('../abort.cjs').Signal} Signal */
/** @typedef {'whole' | 'pieces'} Way */

class ClientBody {
  #response
  #where
  #signal
  /** @type {Way | undefined} how it was read, once it was */
  #used
  /** @type {Readable | undefined} what its pieces come from, once somebody reads them */
  #stream

  /**
   * @param {any} response what `send` resolved to
   * @param {import('./errors.cjs').Where} where
   * @param {Signal} [signal] the get's
   */
  constructor(response, where, signal) {
    this.#response = response
    this.#where = where
    this.#signal = signal
  }

  async text() {
    return await this.#unlessAborted(async () => {
      const body = this.#use('whole')
      if (typeof body.transformToString === 'function') return await body.transformToString()
      return await consumers.text(toStream(body))
    })
  }

  async bytes() {
    return await this.#unlessAborted(async () => {
      const body = this.#use('whole')
      if (typeof body.transformToByteArray === 'function') return await body.transformToByteArray()
      return new Uint8Array(await consumers.arrayBuffer(toStream(body)))
    })
  }

  web() {
    const body = this.#use('whole')
    if (typeof body.transformToWebStream === 'function') return body.transformToWebStream()
    return Readable.toWeb(toStream(body))
  }

  /** @returns {import('./pieces.cjs').Pieces} */
  pieces() {
    /** @type {AsyncIterator<any> | undefined} */
    let iterator
    return {
      next: () =>
        this.#unlessAborted(async () => {
          iterator ??= this.#iterate()
          const { value } = await iterator.next()
          return value
        }),
      cancel: () => {
        // A stream that nobody has read must not take the body from another reader.
        if (iterator || !this.#used) void this.cancel()
      },
    }
  }

  /** Never fails, as that of a native get: there is nothing left to do about a body that can't be given up, or is locked. */
  async cancel() {
    try {
      const body = this.#stream ?? this.#response?.Body
      if (typeof body?.destroy === 'function') body.destroy()
      else if (typeof body?.cancel === 'function') await body.cancel()
    } catch {
      // See above.
    }
  }

  /**
   * @template T
   * @param {() => Promise<T>} read
   * @returns {Promise<T>}
   */
  async #unlessAborted(read) {
    const abort = new Abort(this.#signal)
    try {
      const settled = abort.aborted ? undefined : await abort.orEnd(read())
      if (settled) return settled.value
      void this.cancel()
      throw abort.reason
    } finally {
      abort.release()
    }
  }

  #iterate() {
    this.#stream = toStream(this.#use('pieces'))
    return this.#stream[Symbol.asyncIterator]()
  }

  /** @param {Way} way */
  #use(way) {
    const body = this.#response?.Body
    if (body === undefined || body === null) throw new TypeError('the response of the client has no Body')
    // A stream that has been read looks empty. Whether all of a body can be read twice is for the body to say.
    const isPieces = way === 'pieces' || this.#used === 'pieces'
    if (this.#used && isPieces && !isHeld(body)) throw usedError(this.#where, 'it is read once')
    this.#used = way
    return body
  }
}

/**
 * Whether all of the bytes are there.
 * @param {any} body
 */
function isHeld(body) {
  return typeof body === 'string' || ArrayBuffer.isView(body) || typeof body.stream === 'function'
}

/**
 * @param {any} body
 * @returns {Readable}
 */
function toStream(body) {
  if (typeof body === 'string' || ArrayBuffer.isView(body)) return Readable.from([body], { objectMode: false })
  if (typeof body.stream === 'function') return Readable.from(body.stream())
  if (typeof body[Symbol.asyncIterator] === 'function' && typeof body.destroy === 'function') return body
  const isSdks = typeof body[Symbol.asyncIterator] !== 'function' && typeof body.transformToWebStream === 'function'
  return Readable.from(isSdks ? body.transformToWebStream() : body)
}

module.exports = { ClientBody }
