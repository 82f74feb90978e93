'use strict'

const { invalidValue } = require('./argument-errors.cjs')
const { AdoptedEngine, forcedError } = require('./client/adopt.cjs')
const { DelegatedEngine } = require('./client/delegate.cjs')
const { findObstacles } = require('./client/obstacles.cjs')
const { isSdkClient } = require('./client/sdk-client.cjs')
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
  const isSdk = isSdkClient(client)
  if (engine === 'client') return new DelegatedEngine(bucket, client, isSdk)
  const isForced = engine === 'native'
  if (!isSdk) {
    if (isForced) throw forcedError(['its send: it is no S3Client of @aws-sdk/client-s3'])
    return new DelegatedEngine(bucket, client, false)
  }
  const obstacles = findObstacles(client)
  if (obstacles.length > 0) {
    if (isForced) throw forcedError(obstacles)
    return new DelegatedEngine(bucket, client, true)
  }
  const adopted = new AdoptedEngine(bucket, client, behaviour, isForced)
  if (adopted.name === 'native') checkNativeBucket(bucket)
  return adopted
}

module.exports = { createS3Store }
