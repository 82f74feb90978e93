// Content type, metadata, and the response in the JavaScript SDK's shape.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'

export function content(context) {
  const { test } = context

  const contentTypes = {
    'application/json when none is given': [undefined, 'application/json'],
    'application/json with empty options': [{}, 'application/json'],
    'application/json when it is undefined': [{ contentType: undefined }, 'application/json'],
    'the one in the options': [{ contentType: 'text/plain; charset=utf-8' }, 'text/plain; charset=utf-8'],
    'the string in place of the options, as version 3 had it': ['application/gzip', 'application/gzip'],
  }
  for (const [name, [options, expected]] of Object.entries(contentTypes)) {
    test(`the content type is ${name}`, async ({ store, bucket }) => {
      const { etag } = await store.createObject(name, 'one', options)
      assert.equal((await bucket.read(name)).contentType, expected)
      assert.equal((await store.getObject(name)).response.ContentType, expected)
      await store.putObjectIfMatch(name, 'two', etag, options)
      assert.equal((await bucket.read(name)).contentType, expected)
    })
  }

  test('metadata goes and comes back with lower-case names', async ({ store, bucket }) => {
    const metadata = { owner: 'me', 'Trace-Id': 'a1; b=2, "c"', empty: '' }
    const expected = { owner: 'me', 'trace-id': 'a1; b=2, "c"', empty: '' }
    const { etag } = await store.createObject('metadata', 'x', { metadata })
    assert.deepEqual((await bucket.read('metadata')).metadata, expected)
    const got = await store.getObjectIfMatch('metadata', etag)
    assert.deepEqual({ ...got.response.Metadata }, expected)
  })

  test('as many names of metadata as can be given come back', async ({ store }) => {
    const metadata = Object.fromEntries(Array.from({ length: 64 }, (_, number) => [`m${number}`, 'x']))
    await store.createObject('much-metadata', 'x', { metadata })
    const { response } = await store.getObject('much-metadata')
    assert.deepEqual({ ...response.Metadata }, metadata)
  })

  test('an update without metadata drops what was there', async ({ store, bucket }) => {
    const { etag } = await store.createObject('metadata-gone', 'x', { metadata: { owner: 'me' } })
    await store.putObjectIfMatch('metadata-gone', 'y', etag)
    assert.deepEqual((await bucket.read('metadata-gone')).metadata, {})
  })

  test('metadata of an object without a prototype is taken', async ({ store, bucket }) => {
    const metadata = Object.assign(Object.create(null), { owner: 'me' })
    await store.createObject('metadata-null', 'x', { metadata })
    assert.deepEqual((await bucket.read('metadata-null')).metadata, { owner: 'me' })
  })

  test('the response of a write has the SDK’s fields', async ({ store }) => {
    const { etag, response } = await store.createObject('response-write', 'x')
    assert.equal(response.ETag, etag)
    assertMetadata(response, 200)
    const updated = await store.putObjectIfMatch('response-write', 'y', etag)
    assert.equal(updated.response.ETag, updated.etag)
    assertMetadata(updated.response, 200)
  })

  test('the response of a delete has the SDK’s fields', async ({ store }) => {
    await store.createObject('response-delete', 'x')
    const { response } = await store.deleteObject('response-delete')
    assertMetadata(response, 204)
    assert.equal(response.ETag, undefined)
  })

  test('the response of a get has the SDK’s fields', async ({ store }) => {
    const start = Date.now()
    await store.createObject('response-get', 'twelve bytes', { contentType: 'text/plain', metadata: { a: 'b' } })
    const { etag, response } = await store.getObject('response-get')
    assertMetadata(response, 200)
    assert.equal(response.ETag, etag)
    assert.equal(response.ContentType, 'text/plain')
    assert.equal(response.ContentLength, 12)
    assert.deepEqual({ ...response.Metadata }, { a: 'b' })
    assert.ok(response.LastModified instanceof Date)
    assert.ok(Math.abs(response.LastModified - start) < 3_600_000, String(response.LastModified))
    assert.ok(response.Body instanceof Readable)
    for (const name of ['transformToString', 'transformToByteArray', 'transformToWebStream']) {
      assert.equal(typeof response.Body[name], 'function', name)
    }
    assert.equal(await response.Body.transformToString(), 'twelve bytes')
  })

  test('a result’s response is one object, however often it is asked for', async ({ store }) => {
    const result = await store.createObject('response-once', 'x')
    assert.equal(result.response, result.response)
    const got = await store.getObject('response-once')
    assert.equal(got.response.Body, got.response.Body)
  })

  test('the responses name the version in a bucket that keeps versions', async ({ openStore, makeBucket }) => {
    const bucket = await makeBucket()
    await bucket.keepVersions()
    const store = openStore({}, bucket.name)
    const created = await store.createObject('versioned', 'one')
    const updated = await store.putObjectIfMatch('versioned', 'two', created.etag)
    const got = await store.getObject('versioned')
    assert.equal(typeof created.response.VersionId, 'string')
    assert.notEqual(created.response.VersionId, updated.response.VersionId)
    assert.equal(got.response.VersionId, updated.response.VersionId)
    const deleted = await store.deleteObject('versioned')
    assert.equal(deleted.response.DeleteMarker, true)
    assert.equal(typeof deleted.response.VersionId, 'string')
  })

  test('a delete marker does not keep a key from being created', async ({ openStore, makeBucket }) => {
    const bucket = await makeBucket()
    await bucket.keepVersions()
    const store = openStore({}, bucket.name)
    await store.createObject('marked', 'one')
    await store.deleteObject('marked')
    await store.createObject('marked', 'two')
    assert.equal(await bucket.text('marked'), 'two')
  })
}

function assertMetadata(response, status) {
  const { httpStatusCode, requestId, attempts } = response.$metadata
  assert.equal(httpStatusCode, status)
  assert.equal(typeof requestId, 'string')
  assert.notEqual(requestId, '')
  assert.equal(attempts, 1)
}
