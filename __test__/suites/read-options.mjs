// What a read can ask for beyond the object at a key: a part, a version, changes alone, other headers. And heads.
import assert from 'node:assert/strict'
import { createJsonWrapper } from 's3-store-native'
import { rejection } from '../support/expect-error.mjs'

const text = '0123456789'
const large = Buffer.alloc(1024 * 1024, '0123456789abcdef')

/** As a library of schemas does it: async, with a path. */
async function validate(value) {
  if (typeof value.count === 'number') return { value }
  return { issues: [{ message: 'must be a number', path: [{ key: 'count' }] }] }
}

export function readOptions({ test }) {
  const ranges = {
    'a first and a last byte': [{ start: 2, end: 4 }, '234', 'bytes 2-4/10'],
    'a first byte': [{ start: 7 }, '789', 'bytes 7-9/10'],
    'a last byte': [{ end: 0 }, '0', 'bytes 0-0/10'],
    'a part that ends beyond the end': [{ start: 8, end: 99 }, '89', 'bytes 8-9/10'],
    'a header’s value': ['bytes=2-4', '234', 'bytes 2-4/10'],
    'so many bytes at the end': ['bytes=-3', '789', 'bytes 7-9/10'],
    'more bytes at the end than there are': ['bytes=-30', text, 'bytes 0-9/10'],
  }
  for (const [name, [range, expected, contentRange]] of Object.entries(ranges)) {
    test(`range: ${name}`, async ({ store, bucket }) => {
      const key = `range-${name}`
      const etag = await bucket.write(key, text)
      for (const got of [await store.getObject(key, { range }), await store.getObjectIfMatch(key, etag, { range })]) {
        assert.equal(await got.asString(), expected)
        assert.equal(got.response.ContentRange, contentRange)
        assert.equal(got.response.ContentLength, expected.length)
        assert.equal(got.etag, etag)
        assert.equal(got.notModified, false)
      }
    })
  }

  test('range: one that begins beyond the end is S3’s InvalidRange', async ({ store, bucket }) => {
    await bucket.write('range-beyond', text)
    const error = await rejection(store.getObject('range-beyond', { range: { start: 10 } }))
    assert.equal(error.name, 'InvalidRange')
    assert.equal(error.$metadata.httpStatusCode, 416)
  })

  test('range: a large part is read piece by piece', async ({ store, bucket }) => {
    await bucket.write('range-large', large)
    const got = await store.getObject('range-large', { range: { start: 100_000, end: 899_999 } })
    const expected = large.subarray(100_000, 900_000)
    assert.ok(expected.equals(await got.asByteArray()))
  })

  test('range: a part of another object than the expected one is a StaleDataError', async ({ store, bucket }) => {
    const etag = await bucket.write('range-stale', text)
    await bucket.write('range-stale', 'something else')
    const error = await rejection(store.getObjectIfMatch('range-stale', etag, { range: { start: 1 } }))
    assert.equal(error.name, 'StaleDataError')
  })

  test('versionId: an older version is read', async ({ openStore, makeBucket }) => {
    const bucket = await makeBucket()
    await bucket.keepVersions()
    const store = openStore({}, bucket.name)
    const one = await store.createObject('versioned', 'one')
    const two = await store.putObjectIfMatch('versioned', 'two', one.etag)
    const { VersionId: versionId } = one.response
    const got = await store.getObject('versioned', { versionId })
    assert.equal(await got.asString(), 'one')
    assert.equal(got.response.VersionId, versionId)
    assert.equal((await store.headObject('versioned', { versionId })).etag, one.etag)
    assert.equal((await store.headObject('versioned')).etag, two.etag)
  })

  test('versionId: a large body of an older version goes on as that', async ({ openStore, makeBucket }) => {
    const bucket = await makeBucket()
    await bucket.keepVersions()
    const store = openStore({ maxConnections: 1 }, bucket.name)
    const one = await store.createObject('versioned-large', large)
    await store.putObjectIfMatch('versioned-large', 'two', one.etag)
    const got = await store.getObject('versioned-large', { versionId: one.response.VersionId })
    // Takes the only connection.
    assert.equal(await (await store.getObject('versioned-large')).asString(), 'two')
    assert.ok(large.equals(await got.asByteArray()))
  })

  test('versionId: a version is deleted for good', async ({ openStore, makeBucket }) => {
    const bucket = await makeBucket()
    await bucket.keepVersions()
    const store = openStore({}, bucket.name)
    const one = await store.createObject('versioned', 'one')
    await store.putObjectIfMatch('versioned', 'two', one.etag)
    const { VersionId: versionId } = one.response
    const { response } = await store.deleteObject('versioned', { versionId })
    assert.equal(response.VersionId, versionId)
    assert.equal((await rejection(store.getObject('versioned', { versionId }))).name, 'NoSuchVersion')
    assert.equal(await bucket.text('versioned'), 'two')
  })

  test('ifNoneMatch: what is known already is not sent again', async ({ store, bucket }) => {
    const etag = await bucket.write('changes', text)
    for (const read of [
      store.getObject('changes', { ifNoneMatch: etag }),
      store.headObject('changes', { ifNoneMatch: etag }),
    ]) {
      const known = await read
      assert.equal(known.notModified, true)
      assert.equal(known.etag, etag)
      assert.equal(known.response.$metadata.httpStatusCode, 304)
      assert.equal(known.asString, undefined)
    }
  })

  test('ifNoneMatch: what has changed is read', async ({ store, bucket }) => {
    const etag = await bucket.write('changed', text)
    const now = await bucket.write('changed', 'something else')
    const got = await store.getObject('changed', { ifNoneMatch: etag })
    assert.equal(got.notModified, false)
    assert.equal(await got.asString(), 'something else')
    assert.equal((await store.headObject('changed', { ifNoneMatch: etag })).etag, now)
  })

  test('ifNoneMatch: an absent key is NoSuchKey', async ({ store }) => {
    const error = await rejection(store.getObject('changes-absent', { ifNoneMatch: '"e"' }))
    assert.equal(error.name, 'NoSuchKey')
  })

  test('ifModifiedSince: what was not written since is not sent', async ({ store, bucket }) => {
    await bucket.write('since', text)
    const { response } = await store.headObject('since')
    const since = response.LastModified
    assert.equal((await store.getObject('since', { ifModifiedSince: since })).notModified, true)
    assert.equal((await store.headObject('since', { ifModifiedSince: since })).notModified, true)
    const before = new Date(Number(since) - 60_000)
    assert.equal(await (await store.getObject('since', { ifModifiedSince: before })).asString(), text)
    assert.equal((await store.headObject('since', { ifModifiedSince: before })).notModified, false)
  })

  test('the headers of an answer are what was asked for', async ({ store, bucket }) => {
    await bucket.write('overrides', text, { ContentType: 'text/plain' })
    const { response } = await store.getObject('overrides', {
      responseCacheControl: 'no-store, max-age=0',
      responseContentDisposition: 'attachment; filename="a b+c&d.txt"',
      responseContentEncoding: 'identity',
      responseContentLanguage: 'de-AT',
      responseContentType: 'text/html; charset=utf-8',
      responseExpires: new Date('2033-05-18T03:33:20.000Z'),
    })
    assert.equal(response.CacheControl, 'no-store, max-age=0')
    assert.equal(response.ContentDisposition, 'attachment; filename="a b+c&d.txt"')
    assert.equal(response.ContentEncoding, 'identity')
    assert.equal(response.ContentLanguage, 'de-AT')
    assert.equal(response.ContentType, 'text/html; charset=utf-8')
    assert.equal(Number(response.Expires), Date.UTC(2033, 4, 18, 3, 33, 20))
  })

  test('headObject reads what is known of an object', async ({ store, bucket }) => {
    const etag = await bucket.write('head', text, { ContentType: 'text/plain', Metadata: { owner: 'me' } })
    const found = await store.headObject('head')
    assert.equal(found.notModified, false)
    assert.equal(found.etag, etag)
    const { response } = found
    assert.equal(response.ETag, etag)
    assert.equal(response.ContentType, 'text/plain')
    assert.equal(response.ContentLength, 10)
    assert.deepEqual({ ...response.Metadata }, { owner: 'me' })
    assert.ok(response.LastModified instanceof Date)
    assert.equal('Body' in response, false)
  })

  test('headObject of an absent key is an error', async ({ store, engine }) => {
    const error = await rejection(store.headObject('head-absent'))
    // A client makes of it what it can.
    assert.equal(error.name, engine.engine === 'client' ? 'NotFound' : 'NoSuchKey')
    assert.equal(error.$metadata.httpStatusCode, 404)
  })

  test('exists tells whether there is an object', async ({ store, bucket }) => {
    await bucket.write('exists', text)
    assert.equal(await store.exists('exists'), true)
    assert.equal(await store.exists('exists-not'), false)
  })

  test('a bucket that is absent has no say on whether there is an object', async ({ openStore, engine }) => {
    const store = openStore({}, 'no-such-bucket-at-all')
    if (engine.engine === 'client') assert.equal(await store.exists('key'), false)
    else assert.equal((await rejection(store.exists('key'))).name, 'NoSuchBucket')
  })

  test('JSON: values are checked by a function, or by a schema', async ({ store, json }) => {
    const etag = await json.createObject('json-checked', { count: '5' })
    const counted = createJsonWrapper(store, { parse: ({ count }) => ({ count: Number(count) }) })
    assert.deepEqual(await counted.getObject('json-checked'), [{ count: 5 }, etag])
    assert.deepEqual(await counted.getObjectIfMatch('json-checked', etag), { count: 5 })
    const left = await counted.update('json-checked', () => undefined)
    assert.deepEqual([left.changed, left.value], [false, { count: 5 }])
    const schema = { '~standard': { version: 1, vendor: 'test', validate } }
    const strict = createJsonWrapper(store, { parse: schema })
    const error = await rejection(strict.getObject('json-checked'))
    assert.equal(error.code, 'ERR_INVALID_JSON_VALUE')
    assert.equal(error.message, '"json-checked" is not what was expected: count: must be a number')
    assert.equal((await rejection(strict.update('json-checked', (value) => value))).code, 'ERR_INVALID_JSON_VALUE')
    await json.putObjectIfMatch('json-checked', { count: 6 }, etag)
    assert.deepEqual((await strict.getObject('json-checked'))[0], { count: 6 })
  })

  test('JSON: text is made by a hook', async ({ store, bucket }) => {
    const pretty = createJsonWrapper(store, { stringify: (value) => JSON.stringify(value, null, 2) })
    await pretty.createObject('json-pretty', { a: 1 })
    assert.equal(await bucket.text('json-pretty'), '{\n  "a": 1\n}')
    for (const options of [5, { parse: 5 }, { stringify: 'x' }, { parser: () => 1 }]) {
      assert.throws(() => createJsonWrapper(store, options), { argument: /^options/ })
    }
    const broken = createJsonWrapper(store, { stringify: () => undefined })
    assert.equal((await rejection(broken.createObject('json-nothing', 1))).argument, 'value')
  })

  test('JSON: null where nothing has changed, and heads', async ({ json }) => {
    const etag = await json.createObject('json-changes', { a: 1 })
    assert.equal(await json.getObject('json-changes', { ifNoneMatch: etag }), null)
    assert.deepEqual(await json.getObject('json-changes', { ifNoneMatch: '"other"' }), [{ a: 1 }, etag])
    assert.equal((await json.headObject('json-changes')).etag, etag)
    assert.equal(await json.exists('json-changes'), true)
    assert.equal(await json.exists('json-changes-not'), false)
  })
}
