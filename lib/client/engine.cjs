'use strict'

// Who does the work where there is a client: native code, in its place, or the client itself.

const { checkNativeBucket } = require('../options.cjs')
const { AdoptedEngine, forcedError } = require('./adopt.cjs')
const { DelegatedEngine } = require('./delegate.cjs')
const { findObstacles } = require('./obstacles.cjs')
const { isSdkClient } = require('./sdk-client.cjs')

/**
 * @param {string} bucket
 * @param {any} client
 * @param {'native' | 'client' | undefined} engine who it must be
 * @param {{ checksum?: string | false }} behaviour options of the store that go before the client's
 * @returns {import('../store.cjs').Engine}
 */
function engineFor(bucket, client, engine, behaviour) {
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

module.exports = { engineFor }
