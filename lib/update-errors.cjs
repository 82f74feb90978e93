'use strict'

// What an error says of the object, for the loop of update. Told by names and codes, as far as they go: another's store has
// other classes.

const { mayHaveMetItself } = require('./client/attempts.cjs')
const { isAbsent } = require('./error-parts.cjs')

/**
 * Whether an error says that another writer was faster, and that nothing was written.
 * @param {unknown} error
 */
function isConflict(error) {
  const { name, code } = Object(error)
  return (
    ['KeyExistsError', 'StaleDataError', 'ConcurrentWriteConflictError'].includes(name) ||
    ['KEY_EXISTS', 'STALE_DATA', 'WRITE_CONFLICT'].includes(code)
  )
}

/** @param {unknown} error */
function isAmbiguous(error) {
  const { name, code } = Object(error)
  return name === 'AmbiguousWriteError' || code === 'AMBIGUOUS_WRITE'
}

module.exports = { isAbsent, isAmbiguous, isConflict, mayHaveMetItself }
