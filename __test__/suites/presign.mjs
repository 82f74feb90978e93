// Links: signed here, used by somebody else.
import assert from 'node:assert/strict'
import { rejection } from '../support/expect-error.mjs'

/** Makes the request of a link, as a browser would. */
async function use({ url, method, headers }, body) {
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

export function presign({ test }) {
  test('a link that only creates: once, and never over anything', async ({ store, bucket }) => {
    const link = await store.presign('PUT', 'link/ä b+c', { ifNoneMatch: '*', contentType: 'text/plain' })
    assert.equal(link.method, 'PUT')
    assert.equal(link.headers['if-none-match'], '*')
    assert.equal(link.headers['content-type'], 'text/plain')
    assert.match(link.writeId, /^[0-9a-f]{32}$/)
    assert.equal((await use(link, 'first')).status, 200)
    assert.equal((await use(link, 'second')).status, 412)
    const { body, contentType, writeId } = await bucket.read('link/ä b+c')
    assert.deepEqual([body.toString(), contentType, writeId], ['first', 'text/plain', link.writeId])
    assert.deepEqual((await store.resolveWrite('link/ä b+c', link.writeId)).status, 'landed')
  })

  test('a link without its condition is refused by the server', async ({ store, bucket }) => {
    const link = await store.presign('PUT', 'link-condition', { ifNoneMatch: '*' })
    const { 'if-none-match': _condition, ...headers } = link.headers
    // MinIO says 400.
    assert.ok([400, 403].includes((await use({ ...link, headers }, 'x')).status))
    assert.equal(await bucket.read('link-condition'), undefined)
  })

  test('a link that only overwrites one object', async ({ store, bucket }) => {
    const etag = await bucket.write('link-update', 'one')
    const link = await store.presign('PUT', 'link-update', { ifMatch: etag, metadata: { Owner: 'me' } })
    assert.equal((await use(link, 'two')).status, 200)
    assert.equal((await use(link, 'three')).status, 412)
    const { body, metadata } = await bucket.read('link-update')
    assert.deepEqual([body.toString(), metadata], ['two', { owner: 'me' }])
  })

  test('a link carries what a write can say of an object', async ({ store, bucket }) => {
    const said = { contentDisposition: 'inline', cacheControl: 'no-store', tagging: { project: 'a b' } }
    assert.equal((await use(await store.presign('PUT', 'link-said', { ifNoneMatch: '*', ...said }), 'x')).status, 200)
    const { response } = await store.headObject('link-said')
    assert.deepEqual([response.ContentDisposition, response.CacheControl], ['inline', 'no-store'])
    assert.deepEqual(await bucket.tags('link-said'), { project: 'a b' })
  })

  test('an empty body and a large one go by the same kind of link', async ({ store, bucket }) => {
    for (const [key, body] of [
      ['link-empty', ''],
      ['link-large', 'x'.repeat(1_000_000)],
    ]) {
      assert.equal((await use(await store.presign('PUT', key, { ifNoneMatch: '*' }), body)).status, 200)
      assert.equal((await bucket.read(key)).body.length, body.length)
    }
  })

  test('links to read', async ({ store, bucket }) => {
    const etag = await bucket.write('link-read', '0123456789')
    const got = await use(await store.presign('GET', 'link-read', { responseContentType: 'text/x; a="b c"' }))
    assert.deepEqual([got.status, got.text], [200, '0123456789'])
    assert.equal(got.headers.get('content-type'), 'text/x; a="b c"')
    const part = await use(await store.presign('GET', 'link-read', { range: { start: 2, end: 4 } }))
    assert.deepEqual([part.status, part.text], [206, '234'])
    assert.equal((await use(await store.presign('GET', 'link-read', { ifMatch: etag }))).status, 200)
    assert.equal((await use(await store.presign('GET', 'link-read', { ifMatch: '"other"' }))).status, 412)
    assert.equal((await use(await store.presign('GET', 'link-read', { ifNoneMatch: etag }))).status, 304)
    const head = await use(await store.presign('HEAD', 'link-read'))
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, '10'])
  })

  test('a link to delete', async ({ store, bucket }) => {
    await bucket.write('link-delete', 'x')
    assert.equal((await use(await store.presign('DELETE', 'link-delete'))).status, 204)
    assert.equal(await bucket.read('link-delete'), undefined)
  })

  test('a link ends', async ({ store, bucket }) => {
    await bucket.write('link-end', 'x')
    const before = Date.now()
    const link = await store.presign('GET', 'link-end', { expiresIn: 1 })
    assert.ok(link.expiresAt instanceof Date)
    assert.ok(link.expiresAt - before >= 0 && link.expiresAt - before < 5000, link.expiresAt.toISOString())
    assert.equal(new URL(link.url).searchParams.get('X-Amz-Expires'), '1')
    const until = Date.now() + 10_000
    let status = 200
    while (status === 200 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      status = (await use(link)).status
    }
    assert.equal(status, 403)
  })

  test('a link to write without a condition is refused', async ({ store }) => {
    for (const options of [undefined, {}, { ifNoneMatch: '*', ifMatch: '"e"' }, { ifNoneMatch: '"e"' }]) {
      const error = await rejection(store.presign('PUT', 'key', options))
      assert.equal(error.code, 'ERR_INVALID_ARG_VALUE')
      assert.equal(error.argument, 'options.ifNoneMatch')
    }
  })

  test('bad input is refused', async ({ store }) => {
    for (const [args, argument] of [
      [['POST', 'key'], 'method'],
      [[undefined, 'key'], 'method'],
      [['GET', ''], 'key'],
      [['GET', 'key', 5], 'options'],
      [['GET', 'key', { expiresIn: 0 }], 'options.expiresIn'],
      [['GET', 'key', { expiresIn: 604_801 }], 'options.expiresIn'],
      [['GET', 'key', { contentType: 'text/plain' }], 'options.contentType'],
      [['GET', 'key', { ifMatch: '"a"', ifNoneMatch: '"b"' }], 'options.ifNoneMatch'],
      [['PUT', 'key', { ifNoneMatch: '*', maxAttempts: 1 }], 'options.maxAttempts'],
      [['DELETE', 'key', { ifMatch: '*' }], 'options.ifMatch'],
    ]) {
      assert.equal((await rejection(store.presign(...args))).argument, argument)
    }
  })
}

/** A client is not asked for what it signs with. */
export function linksThroughAClient({ test }) {
  test('links need the native engine', async ({ store }) => {
    for (const args of [
      ['GET', 'key'],
      ['PUT', 'key', { ifNoneMatch: '*' }],
    ]) {
      const error = await rejection(store.presign(...args))
      assert.deepEqual(
        [error.name, error.code, error.operation, error.key],
        ['UnsupportedBucketOperationError', 'UNSUPPORTED_OPERATION', 'presign', 'key'],
      )
    }
  })
}
