'use strict'

// The way of a body's bytes from where they come from into the addon, as fast as that sends them off.

const { Abort } = require('../abort.cjs')
const { bytesOf, openSource } = require('../body/source.cjs')
const { checkWanted, restOf } = require('../control.cjs')
const { NativeFailure, withUpload } = require('./failure.cjs')

/** @typedef {import('../../native.cjs').NativeUpload} NativeUpload */
/** @typedef {import('./calls.cjs').Calls} Calls */
/** @typedef {import('../control.cjs').Control} Control */

/** As for requests. */
const DEFAULT_ATTEMPTS = 3
/** The longest wait before an upload is made anew, in milliseconds, halved. */
const FIRST_WAIT = 50

/**
 * @param {any} body
 * @param {number | undefined} length how many bytes it must give
 * @param {NativeUpload} upload
 * @param {Calls} calls
 * @param {Promise<any>} written what becomes of the write
 * @returns {Promise<any>} the same, or what the body failed with
 */
async function uploadFrom(body, length, upload, calls, written) {
  const over = new AbortController()
  // Whatever happens to it, it is heard below.
  written.catch(() => {})
  /** @type {import('../body/source.cjs').Source | undefined} */
  let source
  try {
    source = openSource(body)
    await Promise.race([feed(bytesOf(source, length), upload, calls, over.signal), written])
    return await written
  } catch (error) {
    over.abort()
    upload.giveUp()
    source?.cancel()
    // The parts that were sent are taken away before anybody hears of it.
    const failure = await written.catch((failure) => failure)
    if (error === failure) throw error
    const uploadId = failure instanceof NativeFailure ? failure.data.uploadId : undefined
    throw withUpload(error, uploadId)
  }
}

/**
 * Makes an upload of what can be read again, and makes it anew where another writer came in between: S3 forgets the parts then.
 * @template {Control & { maxAttempts?: number }} W
 * @param {W} write
 * @param {number | undefined} maxAttempts the store's own
 * @param {(rest: W) => Promise<any>} upload in what is left of the call's time
 */
async function againAfterConflict(write, maxAttempts, upload) {
  const { signal, timeout } = write
  const began = performance.now()
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await upload({ ...write, timeout: restOf(write, began) })
    } catch (failure) {
      // Of an upload that is still there, nobody would hear.
      const { kind, uploadId } = failure instanceof NativeFailure ? failure.data : {}
      const isConflict = kind === 'WriteConflict' && !uploadId
      const wait = Math.random() * FIRST_WAIT * 2 ** attempt
      const isOver = timeout !== undefined && performance.now() + wait - began >= timeout
      if (!isConflict || isOver || attempt >= (write.maxAttempts ?? maxAttempts ?? DEFAULT_ATTEMPTS)) throw failure
      const abort = new Abort(signal)
      await abort.sleep(wait).finally(() => abort.release())
      checkWanted(write)
    }
  }
}

/**
 * @param {() => Promise<Uint8Array | undefined>} next
 * @param {NativeUpload} upload
 * @param {Calls} calls
 * @param {AbortSignal} over
 */
async function feed(next, upload, calls, over) {
  for (let bytes = await next(); bytes && !over.aborted; bytes = await next()) {
    while (bytes.length > 0) {
      bytes = bytes.subarray(upload.write(bytes))
      if (bytes.length === 0) break
      const call = calls.next()
      upload.send(call)
      if (!(await calls.wait(call, isOpen))) return
    }
  }
  if (!over.aborted) upload.end()
}

/** @param {import('./report.cjs').Report} report */
function isOpen({ head }) {
  return head === 'open'
}

module.exports = { againAfterConflict, uploadFrom }
