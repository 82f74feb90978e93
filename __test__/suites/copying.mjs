// Copies within the bucket, and older versions that become the current one again.
import assert from 'node:assert/strict'
import { failed, reply, reset } from '../support/answers.mjs'
import { pagesOf } from '../support/collect.mjs'
import { assertAmbiguous, assertArgumentError, rejection } from '../support/expect-error.mjs'

const other = '"0123456789abcdef0123456789abcdef"'
const create = { ifNoneMatch: '*' }

const headers = {
  contentType: 'text/plain; charset=utf-8',
  cacheControl: 'max-age=60',
  contentDisposition: 'attachment; filename="a b.txt"',
  contentEncoding: 'identity',
  contentLanguage: 'de-AT',
  expires: new Date('2033-05-18T03:33:20.000Z'),
}

function fieldsOf({ ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ExpiresString }) {
  return { ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ExpiresString }
}

/** On a server that honours the conditions of copies. */
export function copying({ test }) {
  test('a copy has the bytes, headers, metadata and tags of the source, and a write id of its own', async (context) => {
    const { store, bucket } = context
    const options = { ...headers, metadata: { Owner: 'me', 'x-y': 'a, b' }, tagging: { project: 'a b' } }
    const source = await store.createObject('all/from', 'body', options)
    const copy = await store.copyObject('all/from', 'all/to', create)
    const held = await bucket.read('all/to')
    assert.deepEqual([held.body.toString(), held.etag], ['body', copy.etag])
    assert.deepEqual(held.metadata, { owner: 'me', 'x-y': 'a, b' })
    assert.deepEqual(await bucket.tags('all/to'), { project: 'a b' })
    assert.equal(held.writeId, copy.response.writeId)
    assert.notEqual(held.writeId, source.response.writeId)
    const [from, to] = [await store.headObject('all/from'), await store.headObject('all/to')]
    assert.deepEqual(fieldsOf(to.response), fieldsOf(from.response))
    assert.equal(to.response.ContentType, headers.contentType)
    assert.equal((await store.resolveWrite('all/to', copy.response.writeId)).status, 'landed')
  })

  test('what the options say goes before what the source has', async ({ store, bucket }) => {
    await store.createObject('said/from', 'body', { ...headers, metadata: { owner: 'me' }, tagging: { a: 'b' } })
    await store.copyObject('said/from', 'said/to', {
      ...create,
      contentType: 'text/html',
      cacheControl: 'no-store',
      metadata: { author: 'you' },
      tagging: { c: 'd' },
    })
    const { response } = await store.headObject('said/to')
    assert.deepEqual([response.ContentType, response.CacheControl], ['text/html', 'no-store'])
    assert.equal(response.ContentLanguage, headers.contentLanguage)
    assert.deepEqual({ ...response.Metadata }, { author: 'you' })
    assert.deepEqual(await bucket.tags('said/to'), { c: 'd' })
    await store.copyObject('said/from', 'said/bare', { ...create, metadata: {}, tagging: {} })
    assert.deepEqual((await bucket.read('said/bare')).metadata, {})
    assert.deepEqual(await bucket.tags('said/bare'), {})
  })

  test('a copy that only creates leaves what is there', async ({ store, bucket }) => {
    await bucket.write('create/from', 'theirs')
    const etag = await bucket.write('create/to', 'kept')
    const error = await rejection(store.copyObject('create/from', 'create/to', create))
    assert.deepEqual([error.name, error.operation, error.key], ['KeyExistsError', 'copyObject', 'create/to'])
    assert.equal(error.currentEtag, etag)
    assert.equal(await bucket.text('create/to'), 'kept')
  })

  test('a copy overwrites only what has the etag', async ({ store, bucket }) => {
    await bucket.write('match/from', 'new')
    const etag = await bucket.write('match/to', 'old')
    const error = await rejection(store.copyObject('match/from', 'match/to', { ifMatch: other }))
    assert.deepEqual([error.name, error.key, error.currentEtag], ['StaleDataError', 'match/to', etag])
    assert.equal(await bucket.text('match/to'), 'old')
    const copy = await store.copyObject('match/from', 'match/to', { ifMatch: etag })
    const held = await bucket.read('match/to')
    assert.deepEqual([held.body.toString(), held.etag], ['new', copy.etag])
  })

  test('an absent key is told by its name: the source, or what was to be overwritten', async ({ store, bucket }) => {
    await bucket.write('absent/from', 'x')
    const noSource = await rejection(store.copyObject('absent/nothing', 'absent/to', create))
    assert.deepEqual([noSource.name, noSource.key], ['NoSuchKey', 'absent/nothing'])
    const nothing = await rejection(store.copyObject('absent/from', 'absent/to', { ifMatch: other }))
    assert.deepEqual([nothing.name, nothing.key], ['NoSuchKey', 'absent/to'])
    assert.equal(await bucket.read('absent/to'), undefined)
  })

  test('sourceIfMatch: only what the caller has seen is copied', async ({ store, bucket }) => {
    const etag = await bucket.write('seen/from', 'x')
    const error = await rejection(store.copyObject('seen/from', 'seen/to', { ...create, sourceIfMatch: other }))
    assert.deepEqual([error.name, error.key, error.currentEtag], ['StaleDataError', 'seen/from', etag])
    assert.equal(await bucket.read('seen/to'), undefined)
    await store.copyObject('seen/from', 'seen/to', { ...create, sourceIfMatch: etag })
    assert.equal(await bucket.text('seen/to'), 'x')
  })

  test('an object is copied onto itself, for other metadata', async ({ store, bucket }) => {
    const etag = await bucket.write('self', 'x', { Metadata: { owner: 'me' } })
    await store.copyObject('self', 'self', { ifMatch: etag, metadata: { owner: 'you' } })
    const held = await bucket.read('self')
    assert.deepEqual([held.body.toString(), held.metadata], ['x', { owner: 'you' }])
  })

  test('keys are taken as they are', async ({ store, bucket }) => {
    for (const key of ['a b+c', '%2F?x=1&y', 'ключ/😀', '.../a//b']) {
      await bucket.write(`odd/${key}`, key)
      await store.copyObject(`odd/${key}`, `copied/${key}`, create)
      assert.equal(await bucket.text(`copied/${key}`), key)
    }
  })

  test('of 20 copies to one key exactly one creates it', async ({ store, bucket }) => {
    await bucket.write('race/from', 'x')
    const copies = Array.from({ length: 20 }, () => store.copyObject('race/from', 'race/to', create))
    const ends = await Promise.allSettled(copies)
    assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1)
    const names = ends.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.name)
    assert.ok(
      names.every((name) => ['KeyExistsError', 'ConcurrentWriteConflictError'].includes(name)),
      names.join(),
    )
  })

  test('sourceVersionId: an older version is copied', async ({ openStore, makeBucket }) => {
    const { store, bucket, one } = await versioned({ openStore, makeBucket })
    const { VersionId: sourceVersionId } = one.response
    const copy = await store.copyObject('versioned', 'copy', { ...create, sourceVersionId })
    assert.equal(copy.response.CopySourceVersionId, sourceVersionId)
    assert.equal(await bucket.text('copy'), 'one')
  })

  test('restoreVersion makes an older version the current one, over what has the etag', async (context) => {
    const { store, bucket, one, two } = await versioned(context)
    const { VersionId: versionId } = one.response
    const error = await rejection(store.restoreVersion('versioned', versionId, one.etag))
    assert.deepEqual([error.name, error.operation, error.key], ['StaleDataError', 'restoreVersion', 'versioned'])
    assert.equal((await rejection(store.restoreVersion('versioned', versionId, null))).name, 'KeyExistsError')
    assert.equal(await bucket.text('versioned'), 'two')
    const restored = await store.restoreVersion('versioned', versionId, two.etag)
    const held = await bucket.read('versioned')
    assert.deepEqual([held.body.toString(), held.etag, held.metadata], ['one', restored.etag, { version: 'one' }])
    assert.notEqual(held.writeId, one.response.writeId)
  })

  test('restoreVersion with null creates over a delete marker', async (context) => {
    const { store, bucket, two } = await versioned(context)
    await store.deleteObject('versioned')
    const { VersionId: versionId } = two.response
    const stale = await rejection(store.restoreVersion('versioned', versionId, two.etag))
    assert.equal(stale.name, 'NoSuchKey')
    await store.restoreVersion('versioned', versionId, null)
    assert.equal(await bucket.text('versioned'), 'two')
  })

  test('restoreVersion of no such version is S3’s error', async (context) => {
    const { store, two } = await versioned(context)
    const [, { VersionId: gone }] = (await pagesOf(store.listVersions('versioned'))).flat()
    await store.deleteObject('versioned', { versionId: gone })
    assert.equal((await rejection(store.restoreVersion('versioned', gone, two.etag))).name, 'NoSuchVersion')
  })
}

/** A bucket with two versions of an object. */
async function versioned({ makeBucket, openStore }) {
  const bucket = await makeBucket()
  await bucket.keepVersions()
  const store = openStore({}, bucket.name)
  const one = await store.createObject('versioned', 'one', { metadata: { version: 'one' } })
  const two = await store.putObjectIfMatch('versioned', 'two', one.etag)
  return { bucket, store, one, two }
}

/** On a server that ignores the conditions of copies. */
export function ignoredCopies({ test }) {
  test('copies are refused, and nothing of the caller’s is touched', async ({ store, bucket }) => {
    await bucket.write('from', 'new')
    const etag = await bucket.write('to', 'kept')
    for (const copy of [
      () => store.copyObject('from', 'absent', create),
      () => store.copyObject('from', 'to', create),
      () => store.copyObject('from', 'to', { ifMatch: etag }),
    ]) {
      assertRefused(await rejection(copy()))
    }
    assert.equal(await bucket.read('absent'), undefined)
    assert.equal(await bucket.text('to'), 'kept')
    assert.deepEqual(new Set(await bucket.leftovers()), new Set(['from', 'to']), 'nor is anything left of the proof')
  })

  test('so is restoreVersion', async (context) => {
    const { store, bucket, one, two } = await versioned(context)
    assertRefused(await rejection(store.restoreVersion('versioned', one.response.VersionId, two.etag)))
    assert.equal(await bucket.text('versioned'), 'two')
  })

  test('an empty object is refused by parts, too: it has none', async ({ store, bucket }) => {
    await bucket.write('empty', '')
    const error = await rejection(store.copyObject('empty', 'full', { ...create, partSize: 5 * 1024 * 1024 }))
    assertRefused(error)
    assert.match(error.message, /options\.partSize.*unless it is empty/)
  })
}

function assertRefused(error) {
  assert.deepEqual([error.name, error.code], ['UnsupportedBucketOperationError', 'UNSUPPORTED_OPERATION'])
  assert.match(error.message, /on CopyObject.*Nothing was sent/)
}

/** What can't be had through a client. */
export function delegatedCopies({ test }) {
  test('copyObject and restoreVersion need the native engine', async ({ store, server }) => {
    for (const copy of [() => store.copyObject('from', 'to', create), () => store.restoreVersion('key', 'v', null)]) {
      assert.equal((await rejection(copy())).code, 'UNSUPPORTED_OPERATION')
    }
    assert.equal(server.requests.length, 0)
  })
}

const copyResult = (etag) => reply(200, `<CopyObjectResult><ETag>${etag}</ETag></CopyObjectResult>`)
const found = (etag, more) => reply(200, '', { etag, 'content-length': '5', ...more })
const absent = reply(404, '')

/** What a scripted server answers. */
export function copyAnswers({ test, engine }) {
  const sent = ({ requests }) => requests.map(({ method, path }) => `${method} ${path.split('/').at(-1)}`)

  test('the copy is pinned to what was looked at, and says all that it is to have', async ({ store, server }) => {
    server.answer(found('"1"', { 'content-type': 'text/plain' }), copyResult('"2"'))
    const { etag } = await store.copyObject('fröm', 'to', { ...create, sourceVersionId: 'a/b+c' })
    assert.equal(etag, '"2"')
    const [head, copy] = server.requests
    assert.deepEqual([head.method, head.query.versionId], ['HEAD', 'a/b+c'])
    assert.equal(copy.headers['x-amz-copy-source'], 'scripted-bucket/fr%C3%B6m?versionId=a%2Fb%2Bc')
    assert.equal(copy.headers['x-amz-copy-source-if-match'], '"1"')
    assert.equal(copy.headers['x-amz-metadata-directive'], 'REPLACE')
    assert.equal(copy.headers['if-none-match'], '*')
    assert.equal(copy.headers['content-type'], 'text/plain')
    assert.match(copy.headers['x-amz-meta-s3-store-write-id'], /^[0-9a-f]{32}$/)
  })

  test('a source that changes in between is looked at and copied anew', async ({ store, server }) => {
    server.answer(found('"1"'), failed(412, 'PreconditionFailed'), found('"2"'), copyResult('"2"'))
    assert.equal((await store.copyObject('from', 'to', create)).etag, '"2"')
    assert.deepEqual(sent(server), ['HEAD from', 'PUT to', 'HEAD from', 'PUT to'])
    assert.equal(server.requests[3].headers['x-amz-copy-source-if-match'], '"2"')
  })

  test('a source that changes in between is an error for who wants just that', async ({ store, server }) => {
    server.answer(found('"1"'), failed(412, 'PreconditionFailed'), found('"2"'))
    const error = await rejection(store.copyObject('from', 'to', { ...create, sourceIfMatch: '"1"' }))
    assert.deepEqual([error.name, error.key, error.currentEtag], ['StaleDataError', 'from', '"2"'])
  })

  test('a source that is gone in between is told of', async ({ store, server }) => {
    server.answer(found('"1"'), failed(404, 'NoSuchKey'), absent, failed(404, 'NoSuchKey'))
    const error = await rejection(store.copyObject('from', 'to', { ifMatch: '"3"' }))
    assert.deepEqual([error.name, error.key], ['NoSuchKey', 'from'])
  })

  test('a source that keeps changing is a conflict', async ({ store, server }) => {
    let version = 0
    server.answer((request, response) => {
      if (request.method === 'HEAD') return found(`"${(version += 1)}"`)(request, response)
      return failed(412, 'PreconditionFailed')(request, response)
    })
    const error = await rejection(store.copyObject('from', 'to', create))
    assert.deepEqual([error.name, error.key], ['ConcurrentWriteConflictError', 'from'])
    assert.equal(sent(server).filter((request) => request === 'PUT to').length, 5)
  })

  test('where the source is as it was, the condition did not hold', async ({ openStore, server }) => {
    server.answer(found('"1"'), failed(412, 'PreconditionFailed'), found('"1"'), found('"9"'))
    // There is a connection for each look, also where there is only one.
    const error = await rejection(openStore({ maxConnections: 1 }).copyObject('from', 'to', create))
    assert.deepEqual([error.name, error.key, error.currentEtag], ['KeyExistsError', 'to', '"9"'])
    assert.deepEqual(sent(server), ['HEAD from', 'PUT to', 'HEAD from', 'HEAD to'])
  })

  test('a copy whose answer is lost is found again by its id', async ({ store, server }) => {
    let id
    server.answer((request, response) => {
      if (request.path.endsWith('/from')) return found('"1"')(request, response)
      if (request.method === 'HEAD') {
        return found('"2"', { 'x-amz-meta-s3-store-write-id': id })(request, response)
      }
      const isFirst = id === undefined
      id = request.headers['x-amz-meta-s3-store-write-id']
      return (isFirst ? reset : failed(412, 'PreconditionFailed'))(request, response)
    })
    const { etag, response } = await store.copyObject('from', 'to', create)
    assert.deepEqual([etag, response.recovered, response.writeId], ['"2"', true, id])
  })

  test('an error in a 200 is none of a success', async ({ openStore, server, bucket }) => {
    const broken = reply(200, '\n<Error><Code>InternalError</Code><Message>We are sorry.</Message></Error>')
    server.answer((request, response) => {
      if (request.method === 'PUT') return broken(request, response)
      return (request.path.endsWith('/from') ? found('"1"') : absent)(request, response)
    })
    const error = await rejection(openStore({ maxAttempts: 2 }).copyObject('from', 'to', create))
    const where = { operation: 'copyObject', bucket, key: 'to', attempts: 2 }
    assert.equal(assertAmbiguous(error, where).name, 'InternalError')
    server.answer(found('"1"'), broken, copyResult('"2"'))
    assert.equal((await openStore().copyObject('from', 'to', create)).etag, '"2"')
  })

  test('the keys of encryption go where they belong', async ({ store, server }) => {
    const name = 'server-side-encryption-customer-key'
    const [old, own] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    server.answer(found('"1"'), copyResult('"2"'))
    await store.copyObject('from', 'to', { ...create, sourceSseCustomerKey: old, sseCustomerKey: own })
    const [head, copy] = server.requests.map((request) => request.headers)
    assert.equal(head[`x-amz-${name}`], old.toString('base64'))
    assert.equal(copy[`x-amz-copy-source-${name}`], old.toString('base64'))
    assert.equal(copy[`x-amz-${name}`], own.toString('base64'))
  })

  const bad = {
    'no options': [['from', 'to'], 'options.ifNoneMatch'],
    'no condition': [['from', 'to', { metadata: {} }], 'options.ifNoneMatch'],
    'two conditions': [['from', 'to', { ifNoneMatch: '*', ifMatch: other }], 'options.ifNoneMatch'],
    'an etag as ifNoneMatch': [['from', 'to', { ifNoneMatch: other }], 'options.ifNoneMatch'],
    'a star as ifMatch': [['from', 'to', { ifMatch: '*' }], 'options.ifMatch'],
    'a star as sourceIfMatch': [['from', 'to', { ...create, sourceIfMatch: '*' }], 'options.sourceIfMatch'],
    'an empty version': [['from', 'to', { ...create, sourceVersionId: '' }], 'options.sourceVersionId'],
    'an unknown option': [['from', 'to', { ...create, ifmatch: other }], 'options.ifmatch'],
    'a short key of the source': [
      ['from', 'to', { ...create, sourceSseCustomerKey: Buffer.alloc(31) }],
      'options.sourceSseCustomerKey',
    ],
    'the write id in the metadata': [
      ['from', 'to', { ...create, metadata: { 's3-store-write-id': 'x' } }],
      'options.metadata.s3-store-write-id',
    ],
    'no source': [[undefined, 'to', create], 'from'],
    'an empty key': [['from', '', create], 'to'],
  }
  const badRestores = {
    'no version': [['key', undefined, null], 'versionId'],
    'no etag': [['key', 'v'], 'etag'],
    'an empty etag': [['key', 'v', ''], 'etag'],
    'a condition of a copy': [['key', 'v', null, create], 'options.ifNoneMatch'],
  }
  for (const [method, cases] of Object.entries({ copyObject: bad, restoreVersion: badRestores })) {
    for (const [name, [args, argument]] of Object.entries(cases)) {
      test(`${method} refuses ${name}`, async ({ store, server }) => {
        const error = await rejection(store[method](...args))
        assertArgumentError(error, { name: argument })
        assert.equal(error.argument, argument)
        assert.equal(server.requests.length, 0, engine.name)
      })
    }
  }
}
