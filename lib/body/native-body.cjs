'use strict'

// The bytes of a native get: all there, or still with the server. A body knows how to be read whole and piece by piece;
// streams are made of the pieces.

const { constants } = require('node:buffer')
const { onAbort, reasonOf } = require('../abort.cjs')
const { toError } = require('../failures.cjs')
const { areAttemptsSeen } = require('../seeing/attempts.cjs')
const { cancelledError, tooLargeError, usedError } = require('./errors.cjs')
const { toWebStream } = require('./web-stream.cjs')

/** @typedef {import('../native/calls.cjs').Calls} Calls */
/** @typedef {import('../native/credentials.cjs').CredentialsSource} CredentialsSource */
/** @typedef {import('../../native.cjs').NativeBody} NativeBody */
/** @typedef {import('../abort.cjs').Signal} Signal */
/** @typedef {import('./errors.cjs').Where} Where */

/** A body that came with the answer. It can be read again and again, and each reader gets bytes of its own. */
class BufferedBody {
  #buffer
  #where
  #cancelled = false

  /**
   * @param {Buffer} buffer
   * @param {Where} where
   */
  constructor(buffer, where) {
    this.#buffer = buffer
    this.#where = where
  }

  text() {
    return this.#read().toString()
  }

  bytes() {
    return new Uint8Array(this.#read())
  }

  web() {
    return toWebStream(this.pieces())
  }

  /** @returns {import('./pieces.cjs').Pieces} */
  pieces() {
    let done = false
    return {
      next: async () => {
        if (done || this.#read().length === 0) return undefined
        done = true
        // Of memory of its own, which whoever gets it may transfer.
        return Buffer.from(this.bytes().buffer)
      },
      cancel() {
        done = true
      },
    }
  }

  cancel() {
    this.#cancelled = true
  }

  #read() {
    if (this.#cancelled) throw cancelledError(this.#where)
    return this.#buffer
  }
}

/** A body that is read from the server as it is asked for, once. */
class StreamedBody {
  #native
  #calls
  #source
  #where
  #signal
  #progress
  #used = false
  #cancelled = false

  /**
   * @param {NativeBody} native
   * @param {Calls} calls
   * @param {CredentialsSource | undefined} source
   * @param {Where} where
   * @param {Signal | undefined} signal the get's
   * @param {import('../progress.cjs').Progress} [progress]
   */
  constructor(native, calls, source, where, signal, progress) {
    this.#native = native
    this.#calls = calls
    this.#source = source
    this.#where = where
    this.#signal = signal
    this.#progress = progress
  }

  async text() {
    return (await this.#collect()).toString()
  }

  async bytes() {
    const { buffer, byteOffset, length } = await this.#collect()
    return new Uint8Array(buffer, byteOffset, length)
  }

  web() {
    return toWebStream(this.pieces())
  }

  /** @returns {import('./pieces.cjs').Pieces} */
  pieces() {
    let begun = false
    let ended = false
    return {
      next: async () => {
        if (!begun) this.#use()
        begun = true
        const piece = await this.#read()
        ended = piece === undefined
        return piece
      },
      cancel: () => {
        // A stream that nobody has read must not take the body from another reader.
        const isOthers = !begun && this.#used
        if (!ended && !isOthers) this.cancel()
      },
    }
  }

  cancel() {
    this.#cancelled = true
    this.#native.cancel()
  }

  /** @returns {Promise<Buffer>} */
  async #collect() {
    this.#use()
    if (this.#progress) return await this.#collectPieces()
    const call = this.#next()
    this.#native.collect(call, constants.MAX_LENGTH)
    return await this.#settled(call)
  }

  /** The same, with somebody who wants to know how far it is. */
  async #collectPieces() {
    const pieces = []
    let length = 0
    for (let piece = await this.#read(); piece !== undefined; piece = await this.#read()) {
      length += piece.length
      if (length > constants.MAX_LENGTH) {
        this.#native.cancel()
        throw tooLargeError(this.#where)
      }
      pieces.push(piece)
    }
    return Buffer.concat(pieces)
  }

  /** @returns {Promise<Buffer | undefined>} */
  async #read() {
    this.#checkWanted()
    const call = this.#next()
    this.#native.read(call)
    const piece = await this.#settled(call)
    if (piece) this.#progress?.moved(piece.length)
    return piece
  }

  /** The number for a call. What is read on may have to be asked for anew. */
  #next() {
    return areAttemptsSeen() ? this.#calls.nextSeen({ ...this.#where, engine: 'native' }) : this.#calls.next()
  }

  /** @param {number} call */
  async #settled(call) {
    const release = onAbort(this.#signal, () => this.#native.cancel())
    let bytes
    try {
      bytes = await this.#calls.wait(call, takeBody, this.#source)
    } catch (failure) {
      if (!this.#isUnwanted) throw toError(failure, this.#where)
    } finally {
      release()
    }
    // However the call ended: what came of it may be a part that looks like the whole.
    this.#checkWanted()
    return bytes
  }

  get #isUnwanted() {
    return this.#cancelled || this.#signal?.aborted === true
  }

  #checkWanted() {
    if (this.#signal?.aborted) {
      this.#native.cancel()
      throw reasonOf(this.#signal)
    }
    if (this.#cancelled) throw cancelledError(this.#where)
  }

  #use() {
    this.#checkWanted()
    if (this.#used) throw usedError(this.#where, 'one over 256 KiB is read once')
    this.#used = true
  }
}

/** @param {import('../native/report.cjs').Report} report */
function takeBody({ body }) {
  return body
}

module.exports = { BufferedBody, StreamedBody }
