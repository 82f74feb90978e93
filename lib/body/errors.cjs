'use strict'

// What reading a body fails with when it can't be read any more.

/** @typedef {import('../error-parts.cjs').Where & { key: string }} Where */

/** @param {Where} where */
function cancelledError(where) {
  const error = Object.assign(new Error(`the body of ${JSON.stringify(where.key)} was cancelled`), where, {
    code: 'ABORT_ERR',
  })
  return Object.defineProperty(error, 'name', { value: 'AbortError', configurable: true, writable: true })
}

/**
 * @param {Where} where
 * @param {string} rule that it was read against
 */
function usedError(where, rule) {
  const message = `the body of ${JSON.stringify(where.key)} is being read, or was: ${rule}`
  return Object.assign(new Error(message), where, { code: 'ERR_INVALID_STATE' })
}

/** @param {Where} where */
function tooLargeError(where) {
  const message = `the body of ${JSON.stringify(where.key)} is larger than what can be held in one piece: read it as a stream`
  return Object.assign(new Error(message), where, { code: 'ERR_BUFFER_TOO_LARGE' })
}

module.exports = { cancelledError, tooLargeError, usedError }
