// Each option by the header, or the parameter of the query, that S3 knows it by: written out here, and the same whether this
// package or the JavaScript SDK makes the request.
import assert from 'node:assert/strict'
import { deleted, deletedObjects, failed, object, page, reply, tags, written } from '../support/answers.mjs'
import { collect } from '../support/collect.mjs'
import { rejection } from '../support/expect-error.mjs'

const etag = '"0123456789abcdef0123456789abcdef"'
const date = new Date('2033-05-18T03:33:20.000Z')
const key = Buffer.alloc(32, 7)
const customer = 'x-amz-server-side-encryption-customer'

const access = {
  expectedBucketOwner: ['123456789012', { 'x-amz-expected-bucket-owner': '123456789012' }],
  requestPayer: ['requester', { 'x-amz-request-payer': 'requester' }],
  sseCustomerKey: [
    key,
    {
      [`${customer}-algorithm`]: 'AES256',
      [`${customer}-key`]: 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=',
      [`${customer}-key-md5`]: 'y4HAEFCYWuvAXWFTtA1Qpg==',
    },
  ],
}
const { sseCustomerKey: _key, ...owner } = access

const write = {
  ...access,
  cacheControl: ['no-store', { 'cache-control': 'no-store' }],
  contentDisposition: ['inline', { 'content-disposition': 'inline' }],
  contentEncoding: ['gzip', { 'content-encoding': 'gzip' }],
  contentLanguage: ['de', { 'content-language': 'de' }],
  expires: [date, { expires: 'Wed, 18 May 2033 03:33:20 GMT' }],
  checksum: ['SHA1', { 'x-amz-checksum-sha1': 'Agg/RXngimEkJcDBoX7ket14O5Q=' }],
  storageClass: ['STANDARD_IA', { 'x-amz-storage-class': 'STANDARD_IA' }],
  tagging: [{ a: 'b c', ü: '/' }, { 'x-amz-tagging': 'a=b%20c&%C3%BC=%2F' }],
  websiteRedirectLocation: ['/there', { 'x-amz-website-redirect-location': '/there' }],
  serverSideEncryption: ['aws:kms', { 'x-amz-server-side-encryption': 'aws:kms' }],
  sseKmsKeyId: ['alias/k', { 'x-amz-server-side-encryption-aws-kms-key-id': 'alias/k' }],
  sseKmsEncryptionContext: [{ a: 'ä' }, { 'x-amz-server-side-encryption-context': 'eyJhIjoiw6QifQ==' }],
  bucketKeyEnabled: [true, { 'x-amz-server-side-encryption-bucket-key-enabled': 'true' }],
  objectLockMode: ['GOVERNANCE', { 'x-amz-object-lock-mode': 'GOVERNANCE' }],
  objectLockRetainUntilDate: [date, { 'x-amz-object-lock-retain-until-date': /^2033-05-18T03:33:20(\.000)?Z$/ }],
  objectLockLegalHoldStatus: ['ON', { 'x-amz-object-lock-legal-hold': 'ON' }],
}

const bypass = { bypassGovernanceRetention: [true, { 'x-amz-bypass-governance-retention': 'true' }] }
const changes = {
  ifNoneMatch: [etag, { 'if-none-match': etag }],
  ifModifiedSince: [date, { 'if-modified-since': 'Wed, 18 May 2033 03:33:20 GMT' }],
}
const version = { versionId: ['a/b+c=', {}, { versionId: 'a/b+c=' }] }
const mode = { checksumMode: ['ENABLED', { 'x-amz-checksum-mode': 'ENABLED' }] }
const get = {
  ...access,
  ...version,
  ...mode,
  range: [{ start: 0, end: 1 }, { range: 'bytes=0-1' }],
  responseCacheControl: ['no-store', {}, { 'response-cache-control': 'no-store' }],
  responseContentDisposition: ['a; b="c d"', {}, { 'response-content-disposition': 'a; b="c d"' }],
  responseContentEncoding: ['gzip', {}, { 'response-content-encoding': 'gzip' }],
  responseContentLanguage: ['de', {}, { 'response-content-language': 'de' }],
  responseContentType: ['a/b; c=d+e', {}, { 'response-content-type': 'a/b; c=d+e' }],
  responseExpires: [date, {}, { 'response-expires': 'Wed, 18 May 2033 03:33:20 GMT' }],
}
const list = {
  ...owner,
  delimiter: ['/', {}, { delimiter: '/' }],
  startAfter: ['a b+c', {}, { 'start-after': 'a b+c' }],
  pageSize: [7, {}, { 'max-keys': '7' }],
}

const calls = {
  createObject: [write, (store, options) => store.createObject('key', 'body', options), () => written(etag)],
  putObjectIfMatch: [
    write,
    (store, options) => store.putObjectIfMatch('key', 'body', etag, options),
    () => written(etag),
  ],
  getObject: [{ ...get, ...changes }, (store, options) => store.getObject('key', options), () => object('body')],
  getObjectIfMatch: [
    get,
    (store, options) => store.getObjectIfMatch('key', etag, options),
    () => object('body', { etag }),
  ],
  headObject: [
    { ...access, ...version, ...mode, ...changes },
    (store, options) => store.headObject('key', options),
    () => reply(200, '', { etag }),
  ],
  exists: [access, (store, options) => store.exists('key', options), () => reply(200, '', { etag })],
  deleteObject: [
    { ...owner, ...version, ...bypass },
    (store, options) => store.deleteObject('key', options),
    () => deleted(),
  ],
  deleteObjectIfMatch: [
    { ...owner, ...bypass },
    (store, options) => store.deleteObjectIfMatch('key', etag, options),
    () => deleted(),
  ],
  deleteObjects: [
    { ...owner, ...bypass },
    (store, options) => store.deleteObjects(['key'], options),
    () => deletedObjects(['key']),
  ],
  list: [list, (store, options) => collect(store.list('', options)), () => page([])],
  listVersions: [
    { ...owner, delimiter: list.delimiter, pageSize: list.pageSize },
    (store, options) => collect(store.listVersions('', options)),
    () => reply(200, '<ListVersionsResult/>'),
  ],
  getTags: [{ ...owner, ...version }, (store, options) => store.getTags('key', options), () => tags({})],
  putTags: [
    { ...owner, ...version },
    (store, options) => store.putTags('key', { a: 'b' }, options),
    () => reply(200, ''),
  ],
}

export function requestOptions({ test, engine }) {
  for (const [operation, [options, call, answer]] of Object.entries(calls)) {
    for (const [option, [value, headers, query = {}]] of Object.entries(options)) {
      test(`${operation} sends ${option}`, async ({ store, server }) => {
        server.answer(answer())
        await call(store, { [option]: value })
        const [request] = server.requests
        assert.equal(server.requests.length, 1)
        for (const [name, expected] of Object.entries(headers)) {
          if (expected instanceof RegExp) assert.match(request.headers[name], expected)
          else assert.equal(request.headers[name], expected, name)
        }
        for (const [name, expected] of Object.entries(query)) assert.equal(request.query[name], expected, name)
      })
    }
  }

  test('a delete does not send the key that it is looked after with', async ({ store, server }) => {
    server.answer(deleted())
    await store.deleteObjectIfMatch('key', etag, { sseCustomerKey: key })
    assert.deepEqual(
      Object.keys(server.requests[0].headers).filter((name) => name.startsWith(customer)),
      [],
    )
  })

  test('no tags are no header', async ({ store, server }) => {
    server.answer(written(etag))
    await store.createObject('key', 'body', { tagging: {} })
    assert.equal('x-amz-tagging' in server.requests[0].headers, false)
  })

  test('what the server has no use for is the condition only where nothing else can be', async ({ store, server }) => {
    for (const [options, name] of [
      [undefined, 'UnsupportedBucketOperationError'],
      [{ serverSideEncryption: 'AES256' }, 'NotImplemented'],
    ]) {
      server.answer(failed(501, 'NotImplemented'))
      assert.equal((await rejection(store.createObject('key', 'body', options))).name, name)
    }
  })

  test('a 304 without an etag is of the one that was asked about', async ({ store, server }) => {
    server.answer(reply(304, ''))
    const known = await store.getObject('key', { ifNoneMatch: etag })
    assert.deepEqual([known.notModified, known.etag], [true, etag])
  })

  test('a weak etag is asked about as it is', async ({ store, server }) => {
    server.answer(reply(304, ''))
    assert.equal((await store.getObject('key', { ifNoneMatch: `W/${etag}` })).notModified, true)
    assert.equal(server.requests[0].headers['if-none-match'], `W/${etag}`)
  })

  test('what an abort ends with is never taken for an answer', async ({ store, server }) => {
    server.answer(reply(200, '', { etag }))
    const reason = Object.assign(new Error('unwanted'), { name: 'NoSuchKey' })
    assert.equal(await rejection(store.exists('key', { signal: AbortSignal.abort(reason) })), reason)
  })

  if (engine.engine === 'native') {
    test('an empty 404 of some other server is no answer to exists', async ({ openStore, server }) => {
      server.answer(reply(404, ''))
      assert.equal((await rejection(openStore({ maxAttempts: 1 }).exists('key'))).$metadata.httpStatusCode, 404)
    })

    test('a customer key is in no error of S3’s, and in nothing that is printed', async ({ store, server }) => {
      const { inspect } = await import('node:util')
      server.answer(failed(400, 'InvalidRequest'))
      const error = await rejection(store.createObject('key', 'body', { sseCustomerKey: key }))
      const printed = [inspect(error, { depth: 9 }), JSON.stringify(error), inspect(store, { depth: 9 })].join()
      assert.equal(printed.includes(key.toString('base64')), false)
    })

    test('a lock comes with a digest of the body', async ({ store, server }) => {
      server.answer(written(etag))
      await store.createObject('key', 'abc', { objectLockLegalHoldStatus: 'ON' })
      const { headers } = server.requests[0]
      assert.equal(headers['x-amz-checksum-sha256'], 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=')
    })
  }
}
