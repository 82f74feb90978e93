'use strict'

// Whether a write that a client sent may have met itself: clients repeat a request whose answer was lost.

/**
 * What clients threw at writes that they may have sent more than once. Kept here and not in the error, which is the client's.
 * @type {WeakSet<object>}
 */
const repeated = new WeakSet()

/**
 * @param {unknown} thrown what the client's `send` rejected with
 * @param {boolean} isCounting whether the client counts its attempts, so that no count says nothing. A mock makes one.
 */
function noteAttempts(thrown, isCounting) {
  if (typeof thrown !== 'object' || thrown === null) return
  const attempts = /** @type {any} */ (thrown).$metadata?.attempts
  if (attempts === undefined ? isCounting : attempts !== 1) repeated.add(thrown)
}

/**
 * Whether the conflict that an error tells of may be with an earlier attempt of the same write.
 * @param {unknown} error the client's, or one of the store's own that has it as its cause
 */
function mayHaveMetItself(error) {
  return [error, Object(error).cause].some((one) => repeated.has(one))
}

module.exports = { noteAttempts, mayHaveMetItself }
