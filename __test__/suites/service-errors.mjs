// What S3 answers besides conflicts reaches the caller as S3 named it.
import assert from 'node:assert/strict'
import { assertKeepsSecret, rejection, rejectsAsService } from '../support/expect-error.mjs'

const etag = '"0123456789abcdef0123456789abcdef"'

/** Every call of a store, as a function of the store and a key. */
const calls = {
  createObject: (store, key) => store.createObject(key, 'x'),
  putObjectIfMatch: (store, key) => store.putObjectIfMatch(key, 'x', etag),
  getObject: (store, key) => store.getObject(key),
  getObjectIfMatch: (store, key) => store.getObjectIfMatch(key, etag),
  deleteObject: (store, key) => store.deleteObject(key),
  deleteObjectIfMatch: (store, key) => store.deleteObjectIfMatch(key, etag),
  list: (store) => store.list('x')[Symbol.asyncIterator]().next(),
}

export function serviceErrors(context) {
  const { test, server } = context

  for (const [operation, call] of Object.entries(calls)) {
    test(`${operation} in a bucket that does not exist is NoSuchBucket`, async ({ openStore }) => {
      const store = openStore({}, 'no-such-bucket-anywhere-42')
      const error = await rejectsAsService(call(store, 'key'), { code: 'NoSuchBucket', status: 404 })
      if (store.engine === 'client') return
      assert.equal(error.endpoint, server.endpoint)
      assert.ok(
        error.message.includes(`(endpoint ${server.endpoint}, bucket no-such-bucket-anywhere-42`),
        error.message,
      )
    })

    test(`${operation} with a wrong secret is SignatureDoesNotMatch`, async ({ openStore, bucket }) => {
      const wrong = { ...server, secretAccessKey: 'this-secret-is-wrong-but-still-a-secret' }
      const error = await rejectsAsService(call(openStore({}, bucket.name, wrong), 'key'), {
        code: 'SignatureDoesNotMatch',
        status: 403,
      })
      assertKeepsSecret(error, wrong.secretAccessKey)
    })

    test(`${operation} with an unknown access key is InvalidAccessKeyId`, async ({ openStore, bucket }) => {
      const wrong = { ...server, accessKeyId: 'nobody-knows-this-key' }
      const error = await rejectsAsService(call(openStore({}, bucket.name, wrong), 'key'), {
        code: 'InvalidAccessKeyId',
        status: 403,
      })
      assertKeepsSecret(error, server.secretAccessKey)
    })
  }

  test('a request id is on the error', async ({ store }) => {
    const error = await rejection(store.getObject('absent'))
    assert.equal(typeof error.RequestId, 'string')
    assert.equal(error.$metadata.requestId, error.RequestId)
  })
}
