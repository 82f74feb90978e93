'use strict'

const { invalidValue } = require('./argument-errors.cjs')
const { NativeEngine } = require('./native/engine.cjs')
const { readEnvironment } = require('./native/environment.cjs')
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
    return new NativeEngine(bucket, { ...connection, ...behaviour, environment: readEnvironment() })
  }
  // Loaded for those who have one: all of this is a third of what there is to load.
  const { engineFor } = require('./client/engine.cjs')
  return engineFor(bucket, client, engine, behaviour)
}

module.exports = { createS3Store }
