'use strict'

const { invalidValue } = require('./argument-errors.cjs')
const { NativeEngine } = require('./native/engine.cjs')
const { areChecksumsUnwanted, readEnvironment } = require('./native/environment.cjs')
const { checkBucket, checkNativeBucket, readOptions } = require('./options.cjs')
const { S3Store } = require('./store.cjs')

/**
 * @param {string} bucket
 * @param {import('../index.cjs').S3StoreOptions} [options]
 */
function createS3Store(bucket, options) {
  checkBucket(bucket)
  const store = new S3Store(bucket, createEngine(bucket, readOptions(options)))
  // The type check can't see a method that not every realm has.
  return /** @type {S3Store & import('../index.cjs').AsyncDisposableWhereKnown} */ (store)
}

/**
 * @param {string} bucket
 * @param {ReturnType<typeof readOptions>} options
 * @returns {import('./store.cjs').Engine}
 */
function createEngine(bucket, { client, engine, connection, behaviour }) {
  if (client === undefined) {
    if (engine === 'client') throw invalidValue('options.engine', "can't be 'client' without a client")
    checkNativeBucket(bucket)
    if (connection.dangerouslySkipTlsVerification) warnOfAnybody()
    const checksum = behaviour.checksum ?? (areChecksumsUnwanted() ? false : undefined)
    return new NativeEngine(bucket, { ...connection, ...behaviour, checksum, environment: readEnvironment() })
  }
  // Loaded for those who have one: all of this is a third of what there is to load.
  const { engineFor } = require('./client/engine.cjs')
  return engineFor(bucket, client, engine, behaviour)
}

let hasWarned = false

/** Once in a process: who asked for it knows by then. */
function warnOfAnybody() {
  if (hasWarned) return
  hasWarned = true
  const warning =
    'dangerouslySkipTlsVerification: a store takes whoever answers for its server, so that others on the way can read and change ' +
    "everything; give the certificate of the server's authority as ca instead"
  process.emitWarning(warning, 'S3StoreWarning')
}

module.exports = { createS3Store }
