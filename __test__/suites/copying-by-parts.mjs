// Copies by parts: what is too large for one request, and what the caller wants to go so.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { failed, reply, tags } from '../support/answers.mjs'
import { pagesOf } from '../support/collect.mjs'
import { assertAmbiguous, assertArgumentError, rejection } from '../support/expect-error.mjs'

const MiB = 1024 * 1024
const GiB = 1024 * MiB
const partSize = 5 * MiB
const large = randomBytes(partSize + 4321)
const others = randomBytes(partSize + 4321)
const other = '"0123456789abcdef0123456789abcdef"'
const create = { ifNoneMatch: '*', partSize }

/** On any server: also where the condition of a copy by one request is ignored, that of an upload's completion is not. */
export function copyingByParts({ test }) {
  test('a copy by parts has the bytes, headers, metadata and tags of the source, and an id of its own', async (context) => {
    const { store, bucket } = context
    const options = { contentType: 'text/x-test', cacheControl: 'no-store', metadata: { owner: 'me' } }
    await store.createObject('all/from', large, { ...options, tagging: { project: 'a b', 'x+y': '' } })
    const source = await bucket.read('all/from')
    const copy = await store.copyObject('all/from', 'all/to', create)
    const held = await bucket.read('all/to')
    assert.ok(held.body.equals(large), 'the same bytes')
    assert.deepEqual([held.etag, held.contentType], [copy.etag, 'text/x-test'])
    assert.match(copy.etag, /-2"$/, 'of two parts')
    assert.deepEqual(held.metadata, { owner: 'me' })
    assert.deepEqual(await bucket.tags('all/to'), { project: 'a b', 'x+y': '' })
    assert.equal((await store.headObject('all/to')).response.CacheControl, 'no-store')
    assert.equal(held.writeId, copy.response.writeId)
    assert.notEqual(held.writeId, source.writeId)
    assert.equal((await store.resolveWrite('all/to', copy.response.writeId)).status, 'landed')
    assert.deepEqual(await bucket.uploads(), [])
  })

  test('what the options say goes before what the source has', async ({ store, bucket }) => {
    await store.createObject('said/from', large, {
      cacheControl: 'no-store',
      metadata: { a: 'b' },
      tagging: { a: 'b' },
    })
    const given = { contentType: 'text/html', metadata: { c: 'd' }, tagging: { e: 'f' } }
    await store.copyObject('said/from', 'said/to', { ...create, ...given, concurrency: 1 })
    const { response } = await store.headObject('said/to')
    assert.deepEqual([response.ContentType, response.CacheControl], ['text/html', 'no-store'])
    assert.deepEqual({ ...response.Metadata }, { c: 'd' })
    assert.deepEqual(await bucket.tags('said/to'), { e: 'f' })
    await store.copyObject('said/from', 'said/bare', { ...create, metadata: {}, tagging: {} })
    assert.deepEqual((await bucket.read('said/bare')).metadata, {})
    assert.deepEqual(await bucket.tags('said/bare'), {})
  })

  test('a condition that does not hold leaves what is there, and no upload', async ({ store, bucket }) => {
    await bucket.write('held/from', large)
    const etag = await bucket.write('held/to', 'kept')
    const exists = await rejection(store.copyObject('held/from', 'held/to', create))
    assert.deepEqual([exists.name, exists.operation, exists.key], ['KeyExistsError', 'copyObject', 'held/to'])
    const stale = await rejection(store.copyObject('held/from', 'held/to', { ifMatch: other, partSize }))
    assert.deepEqual([stale.name, stale.key], ['StaleDataError', 'held/to'])
    assert.deepEqual([exists.currentEtag, stale.currentEtag], [etag, etag])
    const absent = await rejection(store.copyObject('held/from', 'held/none', { ifMatch: other, partSize }))
    assert.deepEqual([absent.name, absent.key], ['NoSuchKey', 'held/none'])
    assert.equal(await bucket.text('held/to'), 'kept')
    assert.deepEqual(await bucket.uploads(), [])
    const { etag: copied } = await store.copyObject('held/from', 'held/to', { ifMatch: etag, partSize })
    assert.equal((await bucket.read('held/to')).etag, copied)
  })

  test('what is said of the source counts', async ({ store, bucket }) => {
    const etag = await bucket.write('seen/from', large)
    const stale = await rejection(store.copyObject('seen/from', 'seen/to', { ...create, sourceIfMatch: other }))
    assert.deepEqual([stale.name, stale.key, stale.currentEtag], ['StaleDataError', 'seen/from', etag])
    const absent = await rejection(store.copyObject('seen/none', 'seen/to', create))
    assert.deepEqual([absent.name, absent.key], ['NoSuchKey', 'seen/none'])
    assert.equal(await bucket.read('seen/to'), undefined)
    await store.copyObject('seen/from', 'seen/to', { ...create, sourceIfMatch: etag })
    assert.ok((await bucket.read('seen/to')).body.equals(large), 'the same bytes')
  })

  test('what fits into a part is copied too, and so is an object onto itself', async ({ store, bucket }) => {
    const etag = await bucket.write('little/from', 'x', { Metadata: { owner: 'me' } })
    await store.copyObject('little/from', 'little/to', create)
    assert.equal(await bucket.text('little/to'), 'x')
    await store.copyObject('little/from', 'little/from', { ifMatch: etag, partSize, metadata: { owner: 'you' } })
    const held = await bucket.read('little/from')
    assert.deepEqual([held.body.toString(), held.metadata], ['x', { owner: 'you' }])
    assert.deepEqual(await bucket.uploads(), [])
  })

  test('of 5 copies by parts to one key exactly one creates it', async ({ store, bucket }) => {
    await bucket.write('race/from', large)
    const copies = Array.from({ length: 5 }, () => store.copyObject('race/from', 'race/to', create))
    const ends = await Promise.allSettled(copies)
    assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1)
    const names = ends.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.name)
    assert.ok(
      names.every((name) => ['KeyExistsError', 'ConcurrentWriteConflictError'].includes(name)),
      names.join(),
    )
    assert.deepEqual(await bucket.uploads(), [])
  })

  test('a copy is all of one object, whoever overwrites the source meanwhile', async ({ store, bucket }) => {
    await bucket.write('moving/from', large)
    const copy = store.copyObject('moving/from', 'moving/to', { ...create, concurrency: 1 })
    for (const body of [others, large, others]) await bucket.write('moving/from', body)
    await copy
    const { body } = await bucket.read('moving/to')
    assert.ok(body.equals(large) || body.equals(others), 'not of two')
    assert.deepEqual(await bucket.uploads(), [])
  })

  test('restoreVersion by parts makes an older version the current one', async ({ makeBucket, openStore }) => {
    const bucket = await makeBucket()
    await bucket.keepVersions()
    const store = openStore({}, bucket.name)
    const { response } = await store.createObject('versioned', large, { metadata: { version: 'one' } })
    const { etag } = await store.putObjectIfMatch('versioned', 'two', (await bucket.read('versioned')).etag)
    const { VersionId: versionId } = response
    const stale = await rejection(store.restoreVersion('versioned', versionId, other, { partSize }))
    assert.deepEqual([stale.name, stale.operation], ['StaleDataError', 'restoreVersion'])
    const restored = await store.restoreVersion('versioned', versionId, etag, { partSize })
    assert.equal(restored.response.CopySourceVersionId, versionId)
    const held = await bucket.read('versioned')
    assert.ok(held.body.equals(large), 'the same bytes')
    assert.deepEqual([held.etag, held.metadata], [restored.etag, { version: 'one' }])
    const versions = (await pagesOf(store.listVersions('versioned'))).flat()
    assert.equal(versions.length, 3)
  })

  test('restoreVersion by parts with null creates over a delete marker', async ({ makeBucket, openStore }) => {
    const bucket = await makeBucket()
    await bucket.keepVersions()
    const store = openStore({}, bucket.name)
    const { response } = await store.createObject('marked', large, { metadata: { version: 'one' } })
    const { VersionId: versionId } = response
    const exists = await rejection(store.restoreVersion('marked', versionId, null, { partSize }))
    assert.deepEqual([exists.name, exists.operation], ['KeyExistsError', 'restoreVersion'])
    await store.deleteObject('marked')
    const restored = await store.restoreVersion('marked', versionId, null, { partSize })
    const held = await bucket.read('marked')
    assert.ok(held.body.equals(large), 'the same bytes')
    assert.deepEqual([held.etag, held.metadata], [restored.etag, { version: 'one' }])
    assert.deepEqual(await bucket.uploads(), [])
  })
}

const found = (etag, size) => reply(200, '', { etag, 'content-length': String(size), 'x-amz-version-id': 'v 1' })
const copyResult = (etag) => reply(200, `<CopyObjectResult><ETag>${etag}</ETag></CopyObjectResult>`)
const begun = reply(200, '<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>')
const part = (etag) => reply(200, `<CopyPartResult><ETag>${etag}</ETag></CopyPartResult>`)
const completed = reply(200, '<CompleteMultipartUploadResult><ETag>"made"</ETag></CompleteMultipartUploadResult>')

/** How a bucket answers in which the source has so many bytes, but for what `answers` says by the names of requests. */
const bucketOf = (size, answers = {}) => {
  return (request, response) => {
    const name = nameOf(request)
    const usual = {
      HeadObject: found('"1"', size),
      GetObjectTagging: tags({ a: 'b' }),
      CopyObject: copyResult('"copied"'),
      CreateMultipartUpload: begun,
      UploadPartCopy: part(`"${request.query.partNumber}"`),
      CompleteMultipartUpload: completed,
      AbortMultipartUpload: reply(204, ''),
      ListParts: failed(404, 'NoSuchUpload'),
    }
    return (answers[name] ?? usual[name])(request, response)
  }
}

function nameOf({ method, query }) {
  if (method === 'HEAD') return 'HeadObject'
  if ('tagging' in query) return 'GetObjectTagging'
  if (method === 'POST') return 'uploads' in query ? 'CreateMultipartUpload' : 'CompleteMultipartUpload'
  if (method === 'PUT') return 'partNumber' in query ? 'UploadPartCopy' : 'CopyObject'
  return method === 'DELETE' ? 'AbortMultipartUpload' : 'ListParts'
}

/** What a scripted server hears and answers. */
export function partCopyAnswers({ test, engine }) {
  const copiedFrom = ({ requests }) =>
    requests
      .filter((request) => nameOf(request) === 'UploadPartCopy')
      .toSorted((one, two) => one.query.partNumber - two.query.partNumber)

  test('one request copies up to 5 GiB, and parts what has a byte more', async ({ store, server }) => {
    server.answer(bucketOf(5 * GiB))
    assert.equal((await store.copyObject('from', 'to', { ifNoneMatch: '*' })).etag, '"copied"')
    assert.deepEqual(server.requests.map(nameOf), ['HeadObject', 'CopyObject'])
    server.requests.length = 0
    server.answer(bucketOf(5 * GiB + 1))
    const { etag, response } = await store.copyObject('from', 'to', { ifNoneMatch: '*' })
    assert.deepEqual([etag, response.CopySourceVersionId], ['"made"', 'v 1'])
    const parts = copiedFrom(server)
    assert.equal(parts.length, 21)
    const ranges = parts.map(({ headers }) => headers['x-amz-copy-source-range'])
    assert.equal(ranges[0], `bytes=0-${256 * MiB - 1}`)
    assert.equal(ranges.at(-1), `bytes=${5 * GiB}-${5 * GiB}`)
    const names = server.requests.map(nameOf)
    assert.deepEqual(names.slice(0, 3), ['HeadObject', 'GetObjectTagging', 'CreateMultipartUpload'])
    assert.equal(names.at(-1), 'CompleteMultipartUpload')
  })

  test('each part is pinned to what was looked at, and the completion has the condition', async ({ store, server }) => {
    server.answer(bucketOf(partSize + 1))
    const [old, own] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const keys = { sourceSseCustomerKey: old, sseCustomerKey: own }
    const options = { ...create, ...keys, sourceVersionId: 'a/b+c', expectedBucketOwner: '1', storageClass: 'GLACIER' }
    const { response } = await store.copyObject('fröm', 'to', options)
    const [head, tagging, begin, ...rest] = server.requests
    const name = 'server-side-encryption-customer-key'
    assert.deepEqual([head.headers[`x-amz-${name}`], head.query.versionId], [old.toString('base64'), 'a/b+c'])
    assert.deepEqual([tagging.headers[`x-amz-${name}`], tagging.query.versionId], [undefined, 'a/b+c'])
    assert.equal(begin.headers[`x-amz-${name}`], own.toString('base64'))
    assert.equal(begin.headers[`x-amz-copy-source-${name}`], undefined)
    assert.equal(begin.headers['x-amz-storage-class'], 'GLACIER')
    assert.equal(begin.headers['x-amz-tagging'], 'a=b')
    assert.equal(begin.headers['x-amz-meta-s3-store-write-id'], response.writeId)
    assert.equal(begin.headers['if-none-match'], undefined)
    const parts = copiedFrom(server)
    assert.equal(parts.length, 2)
    for (const { headers, query } of parts) {
      assert.equal(query.uploadId, 'up')
      assert.equal(headers['x-amz-copy-source'], 'scripted-bucket/fr%C3%B6m?versionId=a%2Fb%2Bc')
      assert.equal(headers['x-amz-copy-source-if-match'], '"1"')
      assert.equal(headers[`x-amz-copy-source-${name}`], old.toString('base64'))
      assert.equal(headers[`x-amz-${name}`], own.toString('base64'))
      assert.equal(headers['x-amz-expected-bucket-owner'], '1')
    }
    const end = rest.at(-1)
    assert.deepEqual([nameOf(end), end.headers['if-none-match']], ['CompleteMultipartUpload', '*'])
    assert.match(end.body.toString(), /&quot;1&quot;.*<PartNumber>1<.*&quot;2&quot;.*<PartNumber>2</)
  })

  test('an error in a 200 is none of a success', async ({ store, openStore, server }) => {
    const broken = reply(200, '\n<Error><Code>InternalError</Code><Message>We are sorry.</Message></Error>')
    let isFirst = true
    const UploadPartCopy = (request, response) => {
      const answer = isFirst ? broken : part('"again"')
      isFirst = false
      return answer(request, response)
    }
    server.answer(bucketOf(partSize + 1, { UploadPartCopy }))
    assert.equal((await store.copyObject('from', 'to', create)).etag, '"made"')
    assert.equal(copiedFrom(server).length, 3)
    server.answer(bucketOf(partSize + 1, { UploadPartCopy: broken }))
    const error = await rejection(openStore({ maxAttempts: 2 }).copyObject('from', 'to', create))
    assert.deepEqual([error.name, error.key, error.uploadId], ['InternalError', 'to', undefined])
    assert.ok(server.requests.some((request) => nameOf(request) === 'AbortMultipartUpload'))
  })

  test('an error in the 200 of a completion is ambiguous, and the upload is taken away', async (context) => {
    const { openStore, server, bucket } = context
    const broken = reply(200, '\n<Error><Code>InternalError</Code><Message>We are sorry.</Message></Error>')
    const HeadObject = (request, response) =>
      (request.path.endsWith('/from') ? found('"1"', partSize + 1) : reply(404, ''))(request, response)
    server.answer(bucketOf(partSize + 1, { HeadObject, CompleteMultipartUpload: broken }))
    const error = await rejection(openStore({ maxAttempts: 2 }).copyObject('from', 'to', create))
    const where = { operation: 'copyObject', bucket, key: 'to', attempts: 2 }
    assert.equal(assertAmbiguous(error, where).name, 'InternalError')
    assert.ok(server.requests.some((request) => nameOf(request) === 'AbortMultipartUpload'))
  })

  test('parts that can not be taken away are named', async ({ store, server }) => {
    const refused = failed(403, 'AccessDenied')
    server.answer(bucketOf(partSize + 1, { UploadPartCopy: refused, AbortMultipartUpload: refused }))
    const error = await rejection(store.copyObject('from', 'to', create))
    assert.deepEqual([error.name, error.uploadId], ['AccessDenied', 'up'])
  })

  test('tags that may not be read are an error about the source, unless others are given', async ({
    store,
    server,
  }) => {
    server.answer(bucketOf(partSize + 1, { GetObjectTagging: failed(403, 'AccessDenied') }))
    const error = await rejection(store.copyObject('from', 'to', create))
    assert.deepEqual([error.name, error.key], ['AccessDenied', 'from'])
    assert.deepEqual(server.requests.map(nameOf), ['HeadObject', 'GetObjectTagging'])
    await store.copyObject('from', 'to', { ...create, tagging: {} })
    const begin = server.requests.find((request) => nameOf(request) === 'CreateMultipartUpload')
    assert.equal(begin.headers['x-amz-tagging'], undefined)
    assert.equal(begin.headers['x-amz-tagging-directive'], undefined)
  })

  for (const [name, options, argument] of [
    ['parts below 5 MiB', { partSize: partSize - 1 }, 'options.partSize'],
    ['half bytes', { partSize: partSize + 0.5 }, 'options.partSize'],
    ['a size in words', { partSize: '8 MiB' }, 'options.partSize'],
    ['no parts at once', { concurrency: 0 }, 'options.concurrency'],
  ]) {
    test(`copyObject and restoreVersion refuse ${name}`, async ({ store, server }) => {
      for (const copy of [
        () => store.copyObject('from', 'to', { ...create, ...options }),
        () => store.restoreVersion('key', 'v', null, options),
      ]) {
        const error = await rejection(copy())
        assertArgumentError(error, { name: argument })
        assert.equal(error.argument, argument)
      }
      assert.equal(server.requests.length, 0, engine.name)
    })
  }
}

/** Where the server tells the checksums of parts that it copies. */
export function partCopyChecksums({ test }) {
  for (const [checksum, type] of [
    ['CRC32C', 'FULL_OBJECT'],
    ['SHA256', 'COMPOSITE'],
  ]) {
    test(`${checksum} of a copy by parts is computed by the server`, async ({ store, bucket }) => {
      await bucket.write('from', large)
      await store.copyObject('from', checksum, { ...create, checksum })
      const { response } = await store.headObject(checksum, { checksumMode: 'ENABLED' })
      assert.equal(response.ChecksumType, type)
      assert.ok(response[`Checksum${checksum}`], 'there is one')
    })
  }
}
