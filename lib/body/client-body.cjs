'use strict'

// The bytes of a delegated get, which are the client's: the SDK's stream knows how to be read, and a mock's Body may be
// anything that holds bytes.

const { Readable } = require('node:stream')
const consumers = require('node:stream/consumers')
const { Abort } = require('../abort.cjs')

/** @typedef {import('../abort.cjs').Signal} Signal */

class ClientBody {
  #response
  #signal

  /**
   * @param {any} response what `send` resolved to
   * @param {Signal} [signal] the get's
   */
  constructor(response, signal) {
    this.#response = response
    this.#signal = signal
  }

  async text() {
    return await this.#unlessAborted(async (body) => {
      if (typeof body.transformToString === 'function') return await body.transformToString()
      return await consumers.text(toStream(body))
    })
  }

  async bytes() {
    return await this.#unlessAborted(async (body) => {
      if (typeof body.transformToByteArray === 'function') return await body.transformToByteArray()
      return new Uint8Array(await consumers.arrayBuffer(toStream(body)))
    })
  }

  web() {
    const body = this.#body()
    if (typeof body.transformToWebStream === 'function') return body.transformToWebStream()
    return Readable.toWeb(toStream(body))
  }

  /** Never fails, as that of a native get: there is nothing left to do about a body that can't be given up, or is locked. */
  async cancel() {
    try {
      const body = this.#response?.Body
      if (typeof body?.destroy === 'function') body.destroy()
      else if (typeof body?.cancel === 'function') await body.cancel()
    } catch {
      // See above.
    }
  }

  /**
   * @template T
   * @param {(body: any) => Promise<T>} read
   * @returns {Promise<T>}
   */
  async #unlessAborted(read) {
    const abort = new Abort(this.#signal)
    try {
      const settled = abort.aborted ? undefined : await abort.orEnd(read(this.#body()))
      if (settled) return settled.value
      void this.cancel()
      throw abort.reason
    } finally {
      abort.release()
    }
  }

  #body() {
    const body = this.#response?.Body
    if (body === undefined || body === null) throw new TypeError('the response of the client has no Body')
    return body
  }
}

/**
 * @param {any} body
 * @returns {Readable}
 */
function toStream(body) {
  if (typeof body === 'string' || ArrayBuffer.isView(body)) return Readable.from([body], { objectMode: false })
  if (typeof body.stream === 'function') return Readable.from(body.stream())
  return Readable.from(body)
}

module.exports = { ClientBody }
