'use strict'

// What an error says of the object, for the loop of update. Told by names and codes, as far as they go: another's store has
// other classes.

const { mayHaveMetItself } = require('./client/attempts.cjs')

/**
 * Whether an error says that the key is absent: the JavaScript SDK has S3's word as `Code`, a plain error as `name`.
 * @param {unknown} error
 */
function isAbsent(error) {
  const { name, Code } = Object(error)
  return name === 'NoSuchKey' || Code === 'NoSuchKey'
}

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
