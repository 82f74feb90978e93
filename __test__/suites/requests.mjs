// What goes over the wire, request by request.
import assert from 'node:assert/strict'
import { deleted, object, page, reply, written } from '../support/answers.mjs'
import { collect, keysOf, pagesOf } from '../support/collect.mjs'
import { waitFor } from '../support/wait.mjs'

const etag = '"0123456789abcdef0123456789abcdef"'

export function requests({ test }) {
  test('createObject sends If-None-Match, type, metadata and the bytes', async ({ store, server, bucket }) => {
    server.answer(written('"new"'))
    const result = await store.createObject('a/b c', 'body', { contentType: 'text/plain', metadata: { Owner: 'me' } })
    assert.equal(result.etag, '"new"')
    const [request] = server.requests
    assert.equal(server.requests.length, 1)
    assert.equal(request.method, 'PUT')
    assert.equal(request.path, `/${bucket}/a/b%20c`)
    assert.equal(request.headers['if-none-match'], '*')
    assert.equal(request.headers['if-match'], undefined)
    assert.equal(request.headers['content-type'], 'text/plain')
    assert.equal(request.headers['x-amz-meta-owner'], 'me')
    assert.match(
      request.headers.authorization,
      /^AWS4-HMAC-SHA256 Credential=scripted-access-key\/\d{8}\/us-east-1\/s3\//,
    )
  })

  test('each conditional verb sends its If-Match, byte for byte', async ({ store, server }) => {
    for (const tag of [etag, '"abc-17"', '"!#x~"']) {
      server.answer(written(tag))
      await store.putObjectIfMatch('key', 'x', tag)
      assert.equal(server.requests[0].headers['if-match'], tag)
      assert.equal(server.requests[0].headers['if-none-match'], undefined)
      server.answer(object('x', { etag: tag }))
      const got = await store.getObjectIfMatch('key', tag)
      assert.equal(got.etag, tag)
      assert.equal(server.requests[0].headers['if-match'], tag)
      server.answer(deleted())
      await store.deleteObjectIfMatch('key', tag)
      assert.equal(server.requests[0].headers['if-match'], tag)
    }
  })

  test('reads and deletes without a condition send none', async ({ store, server }) => {
    server.answer(object('x'))
    await store.getObject('key')
    await store.getObjectIfMatch('key', undefined)
    server.answer(deleted())
    await store.deleteObject('key', '"ignored"')
    for (const { headers } of server.requests) {
      assert.equal(headers['if-match'], undefined)
      assert.equal(headers['if-none-match'], undefined)
    }
  })

  test('list goes on past an empty page while the listing is truncated', async ({ store, server }) => {
    server.answer(
      page([], { next: 'one' }),
      page(['a', 'b'], { next: 'two' }),
      page([], { next: 'three' }),
      page(['c']),
    )
    assert.deepEqual(
      (await pagesOf(store.list('p/'))).map((objects) => objects.map(({ Key }) => Key)),
      [['a', 'b'], ['c']],
    )
    assert.deepEqual(
      server.requests.map(({ query }) => [query.prefix, query['continuation-token']]),
      [
        ['p/', undefined],
        ['p/', 'one'],
        ['p/', 'two'],
        ['p/', 'three'],
      ],
    )
  })

  test('a truncated page without a token is an error, not the end', async ({ store, server }) => {
    const whole = page(['a'])
    server.answer((request, response) => {
      const { end } = response
      response.end = (text) => end.call(response, text.replace('<IsTruncated>false', '<IsTruncated>true'))
      whole(request, response)
    })
    await assert.rejects(pagesOf(store.list()), { code: 'ERR_INVALID_LISTING', operation: 'list' })
  })

  test('a listing asks only when it is iterated, and for a page only when it is wanted', async ({ store, server }) => {
    server.answer(page(['a'], { next: 'n' }), page(['b']))
    const iterator = store.list()[Symbol.asyncIterator]()
    assert.equal(server.requests.length, 0)
    await iterator.next()
    assert.equal(server.requests.length, 1)
    await iterator.next()
    assert.equal(server.requests.length, 2)
  })

  test('a listing that fails on a later page rejects there', async ({ openStore, server }) => {
    server.answer(
      page(['a'], { next: 'n' }),
      reply(403, '<Error><Code>AccessDenied</Code><Message>no</Message></Error>'),
    )
    const iterator = openStore({ maxAttempts: 1 }).list()[Symbol.asyncIterator]()
    assert.equal((await iterator.next()).value.length, 1)
    await assert.rejects(iterator.next(), { name: 'AccessDenied' })
    assert.equal((await iterator.next()).done, true)
  })
}

/** What only the addon promises. */
export function nativeRequests({ test }) {
  test('list asks for url encoding and decodes as a form does', async ({ store, server }) => {
    server.answer(page(['a+b%2Bc%20d', '%01%0A', '%F0%9F%98%80%25']))
    assert.deepEqual(await keysOf(store.list('x +%')), ['a b+c d', '\u0001\n', '😀%'])
    assert.equal(server.requests[0].query['encoding-type'], 'url')
    assert.equal(server.requests[0].query['list-type'], '2')
    assert.equal(server.requests[0].query.prefix, 'x +%')
  })

  test('the next page is asked for while one is being looked at, and no more of them', async ({ store, server }) => {
    server.answer(page(['a'], { next: 'b' }), page(['b'], { next: 'c' }), page(['c']))
    const pages = store.list()[Symbol.asyncIterator]()
    await pages.next()
    await waitFor(() => server.requests.length === 2, 'the second request')
    assert.equal(server.requests[1].query['continuation-token'], 'b')
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(server.requests.length, 2)
    assert.equal((await pages.next()).value[0].Key, 'b')
    await pages.return()
  })

  test('an object of a listing has S3’s names and JavaScript’s types', async ({ store, server }) => {
    server.answer(page(['a']))
    const [one] = await collect(store.list())
    const { Key, ETag, Size, LastModified, StorageClass } = one
    assert.deepEqual(
      { Key, ETag, Size, LastModified, StorageClass },
      {
        Key: 'a',
        ETag: '"e"',
        Size: 3,
        LastModified: new Date('2026-01-02T03:04:05.678Z'),
        StorageClass: 'STANDARD',
      },
    )
  })

  test('a write says how long it is, carries its bytes and no checksum that was not asked for', async ({
    store,
    server,
  }) => {
    for (const size of [0, 1, 1000, 3_000_000]) {
      server.answer(written())
      await store.createObject('key', Buffer.alloc(size, 'x'))
      const [{ headers, body }] = server.requests
      assert.equal(headers['content-length'], String(size))
      assert.equal(headers['transfer-encoding'], undefined)
      assert.equal(headers['content-encoding'], undefined)
      assert.equal(body.length, size)
      assert.deepEqual(
        Object.keys(headers).filter((name) => name.includes('checksum')),
        [],
      )
    }
  })

  test('the response carries what S3 said in its headers', async ({ store, server }) => {
    server.answer(written('"new"', { 'x-amz-version-id': 'v1', 'x-amz-server-side-encryption': 'AES256' }))
    const { response } = await store.createObject('key', 'x')
    assert.equal(response.VersionId, 'v1')
    assert.equal(response.ServerSideEncryption, 'AES256')
    // The date is there only where no client keeps it to itself.
    const { date: _, ...metadata } = response.$metadata
    assert.deepEqual(metadata, {
      httpStatusCode: 200,
      requestId: 'REQUEST1',
      extendedRequestId: 'EXTENDED1',
      attempts: 1,
    })
    server.answer(
      object('abc', {
        headers: {
          'cache-control': 'no-cache',
          'x-amz-meta-a': 'b',
          'accept-ranges': 'bytes',
          'x-amz-replication-status': 'PENDING',
          'x-amz-restore': 'ongoing-request="true"',
        },
      }),
    )
    for (const { response } of [await store.getObject('key'), await store.headObject('key')]) {
      assert.deepEqual([response.ReplicationStatus, response.Restore], ['PENDING', 'ongoing-request="true"'])
    }
    const got = await store.getObject('key')
    assert.equal(got.response.CacheControl, 'no-cache')
    assert.equal(got.response.AcceptRanges, 'bytes')
    assert.equal(got.response.ContentType, 'application/octet-stream')
    assert.deepEqual({ ...got.response.Metadata }, { a: 'b' })
    assert.deepEqual(got.response.LastModified, new Date('2022-10-12T17:50:00Z'))
  })

  test('a path of an endpoint stays in front of the bucket', async ({ openStore, server, bucket, engine }) => {
    server.answer(written())
    const behind = engine.open({ ...server, endpoint: `${server.endpoint}/s3/gate` }, bucket, engine.trusting)
    await behind.createObject('key', 'x')
    assert.equal(server.requests[0].path, `/s3/gate/${bucket}/key`)
    await openStore().createObject('key', 'x')
    assert.equal(server.requests[1].path, `/${bucket}/key`)
  })

  test('a host name of one label is asked path-style', async ({ server, bucket, engine }) => {
    server.answer(written())
    const store = engine.open({ ...server, endpoint: `http://localhost:${server.port}` }, bucket, engine.trusting)
    await store.createObject('key', 'x')
    assert.equal(server.requests[0].path, `/${bucket}/key`)
    assert.equal(server.requests[0].host, `localhost:${server.port}`)
  })
}
