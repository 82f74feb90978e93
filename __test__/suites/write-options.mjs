// What a write can say of an object beyond its bytes, type and metadata.
import assert from 'node:assert/strict'

const options = {
  cacheControl: 'public, max-age=60',
  contentDisposition: 'attachment; filename="a b.txt"',
  contentEncoding: 'identity',
  contentLanguage: 'de-AT',
  expires: new Date('2033-05-18T03:33:20.999Z'),
}

function assertHeaders(response) {
  assert.equal(response.CacheControl, options.cacheControl)
  assert.equal(response.ContentDisposition, options.contentDisposition)
  assert.equal(response.ContentEncoding, options.contentEncoding)
  assert.equal(response.ContentLanguage, options.contentLanguage)
  assert.equal(Number(new Date(response.ExpiresString ?? response.Expires)), Date.UTC(2033, 4, 18, 3, 33, 20))
}

export function writeOptions({ test }) {
  test('headers go and come back', async ({ store }) => {
    const { etag } = await store.createObject('headers', 'one', options)
    assertHeaders((await store.getObject('headers')).response)
    await store.putObjectIfMatch('headers', 'two', etag, options)
    const got = await store.getObject('headers')
    assertHeaders(got.response)
    assert.equal(await got.asString(), 'two')
  })

  test('an update without them drops what was there', async ({ store }) => {
    const { etag } = await store.createObject('headers-gone', 'one', options)
    await store.putObjectIfMatch('headers-gone', 'two', etag)
    const { response } = await store.headObject('headers-gone')
    assert.equal(response.CacheControl, undefined)
    assert.equal(response.ContentDisposition, undefined)
  })

  test('tags go with the object', async ({ store, bucket }) => {
    const tagging = { project: 'a b+c', 'k/=:': '@x', empty: '' }
    const { etag } = await store.createObject('tagged', 'one', { tagging })
    assert.deepEqual(await bucket.tags('tagged'), tagging)
    await store.putObjectIfMatch('tagged', 'two', etag, { tagging: { only: 'this' } })
    assert.deepEqual(await bucket.tags('tagged'), { only: 'this' })
  })

  test('the storage class is S3’s to know', async ({ store }) => {
    await store.createObject('class', 'one', { storageClass: 'REDUCED_REDUNDANCY' })
    assert.equal((await store.headObject('class')).response.StorageClass, 'REDUCED_REDUNDANCY')
  })

  test('update writes equal bytes where an option says something new of the object', async ({ store }) => {
    const { etag } = await store.createObject('update-options', 'one')
    const same = await store.update('update-options', (current) => current.asString())
    assert.deepEqual([same.changed, same.etag], [false, etag])
    const written = await store.update('update-options', (current) => current.asString(), options)
    assert.equal(written.changed, true)
    assertHeaders((await store.headObject('update-options')).response)
  })

  test('JSON takes the same options', async ({ json, store }) => {
    const etag = await json.createObject('json-options', { a: 1 }, options)
    const { response } = await store.headObject('json-options')
    assertHeaders(response)
    assert.equal(response.ContentType, 'application/json')
    await json.putObjectIfMatch('json-options', { a: 2 }, etag, { ...options, contentType: 'text/plain' })
    assert.equal((await store.headObject('json-options')).response.ContentType, 'application/json')
  })

  test('what the caller changes after the call is not written', async ({ store, bucket }) => {
    const mutable = { tagging: { a: 'before' }, expires: new Date('2033-05-18T03:33:20.000Z') }
    const writing = store.createObject('options-mutable', 'one', mutable)
    mutable.tagging.a = 'after'
    mutable.expires.setTime(0)
    await writing
    assert.deepEqual(await bucket.tags('options-mutable'), { a: 'before' })
    const { response } = await store.headObject('options-mutable')
    assert.equal(new Date(response.ExpiresString ?? response.Expires).getUTCFullYear(), 2033)
  })
}
