// A server that ignores conditions is found out before anything of the caller's is sent to it.
import assert from 'node:assert/strict'
import { deleted, failed, object, written } from '../support/answers.mjs'
import { rejection } from '../support/expect-error.mjs'
import { waitFor } from '../support/wait.mjs'

const etag = '"0123456789abcdef0123456789abcdef"'

const writes = {
  createObject: (store) => store.createObject('mine', 'x'),
  putObjectIfMatch: (store) => store.putObjectIfMatch('mine', 'x', etag),
  deleteObjectIfMatch: (store) => store.deleteObjectIfMatch('mine', etag),
  update: (store) => store.update('mine', () => 'another'),
}

/** Answers 200 to everything, whatever the condition. */
const lie = (request, response) => {
  const answers = { PUT: written(), DELETE: deleted(), GET: object('x'), HEAD: object('x') }
  answers[request.method](request, response)
}

const refuse = failed(403, 'AccessDenied')

export function lyingServer({ test }) {
  for (const [operation, write] of Object.entries(writes)) {
    test(`${operation} is refused, and nothing of it is sent`, async ({ openStore, server, bucket }) => {
      server.answer(lie)
      const store = openStore({ conditions: 'verify' })
      for (let time = 0; time < 2; time += 1) {
        const error = await rejection(write(store))
        assert.deepEqual([error.name, error.code], ['UnsupportedBucketOperationError', 'UNSUPPORTED_OPERATION'])
        assert.deepEqual([error.bucket, error.key], [bucket, 'mine'])
        assert.match(error.message, /If-(None-)?Match.* on (Put|Delete)Object/)
        assert.match(error.stack, /__test__/, 'the stack has the caller in it')
      }
      const sent = server.requests.filter(({ method, path }) => method !== 'GET' && path.endsWith('/mine'))
      assert.deepEqual(sent, [])
    })
  }

  test('proves itself under verifyPrefix', async ({ openStore, server }) => {
    server.answer(lie)
    await rejection(writes.createObject(openStore({ conditions: 'verify', verifyPrefix: 'checks/' })))
    const puts = server.requests.filter(({ method }) => method === 'PUT')
    assert.ok(puts.length > 0)
    for (const { path } of puts) assert.match(path, /^\/scripted-bucket\/checks\/verify-[0-9a-f]{32}$/)
  })

  test('that can’t be judged: an error that no update takes for a conflict of its own', async ({
    openStore,
    server,
  }) => {
    const isOwn = ({ path }) => path.includes('/.s3-store-native/')
    server.answer((request, response) =>
      (isOwn(request) ? failed(412, 'PreconditionFailed') : failed(404, 'NoSuchKey'))(request, response),
    )
    const error = await rejection(writes.update(openStore({ conditions: 'verify' })))
    assert.deepEqual([error.name, error.code, error.key], ['Error', 'ERR_CONDITIONS_UNVERIFIED', 'mine'])
    assert.match(error.message, /could not be verified on a key of our own, nothing was sent/)
    assert.deepEqual([error.cause.name, error.cause.$metadata.httpStatusCode], ['PreconditionFailed', 412])
    assert.equal(error.writeId, undefined)
    const sent = server.requests.filter(({ path }) => path.endsWith('/mine'))
    assert.deepEqual(
      sent.map(({ method }) => method),
      ['GET'],
    )
  })

  test('is asked nothing where it is trusted', async ({ openStore, server }) => {
    server.answer(written())
    await openStore({ conditions: 'trust' }).createObject('mine', 'x')
    assert.equal(server.requests.length, 1)
  })

  test('that lets nobody write there: puts go on with one warning, deletes are refused', async ({
    openStore,
    server,
  }) => {
    server.answer((request, response) =>
      (request.path.includes('/.s3-store-native/') ? refuse : lie)(request, response),
    )
    const warnings = []
    const listen = (warning) => warnings.push(warning)
    process.on('warning', listen)
    try {
      const store = openStore({ conditions: 'verify' })
      await writes.createObject(store)
      await writes.putObjectIfMatch(store)
      await waitFor(() => warnings.length > 0, 'the warning')
      assert.deepEqual(
        warnings.map(({ name }) => name),
        ['S3StoreWarning'],
      )
      assert.match(warnings[0].message, /conditions: 'trust'/)
      const error = await rejection(writes.deleteObjectIfMatch(store))
      assert.equal(error.name, 'UnsupportedBucketOperationError')
      assert.match(error.message, /conditions: 'trust'/)
    } finally {
      process.off('warning', listen)
    }
  })
}

/** On a server that honours conditions of puts, but ignores those of deletes. */
export function ignoredDeletes({ test }) {
  test('deleteObjectIfMatch is refused and the object is still there', async ({ store, bucket }) => {
    const right = await bucket.write('kept', 'x')
    for (const tag of [right, etag]) {
      const error = await rejection(store.deleteObjectIfMatch('kept', tag))
      assert.equal(error.name, 'UnsupportedBucketOperationError')
      assert.match(error.message, /If-Match on DeleteObject/)
    }
    assert.equal(await bucket.text('kept'), 'x')
  })

  test('with conditions: trust it is sent, and the object is gone', async ({ openStore, bucket }) => {
    await bucket.write('gone', 'x')
    await openStore({ conditions: 'trust' }).deleteObjectIfMatch('gone', etag)
    assert.equal(await bucket.read('gone'), undefined)
  })
}

/** Where the server proves itself, nothing is left of the proof. */
export function cleanUp({ test }) {
  test('the keys of the proof are gone afterwards', async ({ store, bucket }) => {
    await store.createObject('one', 'x')
    await store.deleteObjectIfMatch('one', await bucket.write('one', 'y')).catch(() => {})
    const keys = []
    for await (const page of store.list('.s3-store-native/')) keys.push(...page)
    assert.deepEqual(keys, [])
  })

  test('nor is anything of it left in a bucket that keeps versions', async ({ makeBucket, openStore }) => {
    const bucket = await makeBucket()
    await bucket.keepVersions()
    const store = openStore({}, bucket.name)
    await store.createObject('one', 'x')
    await store.deleteObjectIfMatch('one', await bucket.write('one', 'y')).catch(() => {})
    assert.deepEqual([...new Set(await bucket.leftovers())], ['one'])
  })
}
