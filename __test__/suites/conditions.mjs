// What each verb does when its condition holds, when it does not, and when the key is absent.
import assert from 'node:assert/strict'
import { rejectsAs, rejectsAsService } from '../support/expect-error.mjs'

const noSuchKey = { code: 'NoSuchKey', status: 404 }
const preconditionFailed = { code: 'PreconditionFailed', status: 412 }

export function conditions(context) {
  const { test } = context

  test('createObject writes a new key and resolves to its etag', async ({ store, bucket }) => {
    const { etag } = await store.createObject('create', 'one')
    const held = await bucket.read('create')
    assert.equal(held.body.toString(), 'one')
    assert.equal(held.etag, etag, 'the etag as S3 has it, with its quotes')
  })

  test('createObject on an existing key is a KeyExistsError', async ({ store, bucket }) => {
    const { etag } = await store.createObject('exists', 'one')
    await rejectsAs(store.createObject('exists', 'two'), {
      kind: 'KeyExists',
      message: 'cannot overwrite an existing key',
      operation: 'createObject',
      bucket: bucket.name,
      key: 'exists',
      service: preconditionFailed,
    })
    const held = await bucket.read('exists')
    assert.deepEqual([held.body.toString(), held.etag], ['one', etag])
  })

  test('putObjectIfMatch replaces what has the etag', async ({ store, bucket }) => {
    const created = await store.createObject('put', 'one')
    const updated = await store.putObjectIfMatch('put', 'two', created.etag)
    assert.notEqual(updated.etag, created.etag)
    const held = await bucket.read('put')
    assert.deepEqual([held.body.toString(), held.etag], ['two', updated.etag])
  })

  test('putObjectIfMatch with a stale etag is a StaleDataError', async ({ store, bucket }) => {
    const created = await store.createObject('put-stale', 'one')
    await bucket.write('put-stale', 'theirs')
    await rejectsAs(store.putObjectIfMatch('put-stale', 'mine', created.etag), {
      kind: 'StaleData',
      message: 'object was modified concurrently, reload your object first',
      operation: 'putObjectIfMatch',
      bucket: bucket.name,
      key: 'put-stale',
      service: preconditionFailed,
    })
    assert.equal(await bucket.text('put-stale'), 'theirs')
  })

  test('putObjectIfMatch on an absent key is S3’s NoSuchKey and creates nothing', async ({ store, bucket }) => {
    await rejectsAsService(store.putObjectIfMatch('put-absent', 'x', '"0123456789abcdef0123456789abcdef"'), noSuchKey)
    assert.equal(await bucket.read('put-absent'), undefined)
  })

  test('getObject reads the newest value and its etag', async ({ store, bucket }) => {
    const etag = await bucket.write('get', 'now')
    const got = await store.getObject('get')
    assert.deepEqual([got.etag, await got.asString()], [etag, 'now'])
  })

  test('getObject of an absent key is S3’s NoSuchKey', async ({ store }) => {
    await rejectsAsService(store.getObject('get-absent'), {
      ...noSuchKey,
      message: 'The specified key does not exist.',
    })
  })

  test('getObjectIfMatch reads what has the etag', async ({ store }) => {
    const { etag } = await store.createObject('get-match', 'same')
    const got = await store.getObjectIfMatch('get-match', etag)
    assert.deepEqual([got.etag, await got.asString()], [etag, 'same'])
  })

  test('getObjectIfMatch with a stale etag is a StaleDataError', async ({ store, bucket }) => {
    const { etag } = await store.createObject('get-stale', 'one')
    await bucket.write('get-stale', 'two')
    await rejectsAs(store.getObjectIfMatch('get-stale', etag), {
      kind: 'StaleData',
      message: 'object was modified concurrently, reload your object first. use getObject() instead',
      operation: 'getObjectIfMatch',
      bucket: bucket.name,
      key: 'get-stale',
      service: preconditionFailed,
    })
    assert.equal(await bucket.text('get-stale'), 'two')
  })

  test('getObjectIfMatch of an absent key is S3’s NoSuchKey', async ({ store }) => {
    await rejectsAsService(store.getObjectIfMatch('get-match-absent', '"0123456789abcdef0123456789abcdef"'), noSuchKey)
  })

  test('getObjectIfMatch without an etag reads unconditionally', async ({ store, bucket }) => {
    await bucket.write('get-any', 'any')
    const got = await store.getObjectIfMatch('get-any', undefined)
    assert.equal(await got.asString(), 'any')
  })

  test('deleteObjectIfMatch deletes what has the etag', async ({ store, bucket }) => {
    const created = await store.createObject('delete-match', 'one')
    const deleted = await store.deleteObjectIfMatch('delete-match', created.etag)
    assert.equal(deleted.etag, undefined)
    assert.equal(deleted.response.$metadata.httpStatusCode, 204)
    assert.equal(await bucket.read('delete-match'), undefined)
  })

  test('deleteObjectIfMatch with a stale etag is a StaleDataError', async ({ store, bucket }) => {
    const { etag } = await store.createObject('delete-stale', 'one')
    await bucket.write('delete-stale', 'two')
    await rejectsAs(store.deleteObjectIfMatch('delete-stale', etag), {
      kind: 'StaleData',
      message: 'object was modified concurrently, cannot proceed with deletion',
      operation: 'deleteObjectIfMatch',
      bucket: bucket.name,
      key: 'delete-stale',
      service: preconditionFailed,
    })
    assert.equal(await bucket.text('delete-stale'), 'two')
  })

  test('deleteObjectIfMatch of an absent key is S3’s NoSuchKey', async ({ store }) => {
    await rejectsAsService(store.deleteObjectIfMatch('delete-absent', '"0123456789abcdef0123456789abcdef"'), noSuchKey)
  })

  test('deleteObject deletes, and has no etag', async ({ store, bucket }) => {
    await bucket.write('delete', 'x')
    const deleted = await store.deleteObject('delete')
    assert.equal(deleted.etag, undefined)
    assert.equal(deleted.response.$metadata.httpStatusCode, 204)
    assert.equal(await bucket.read('delete'), undefined)
  })

  test('deleteObject of an absent key succeeds, as S3 has it', async ({ store }) => {
    const deleted = await store.deleteObject('never-there')
    assert.equal(deleted.response.$metadata.httpStatusCode, 204)
  })

  test('deleteObject ignores a string after the key', async ({ store, bucket }) => {
    await bucket.write('delete-string', 'x')
    await store.deleteObject('delete-string', '"not its etag"')
    assert.equal(await bucket.read('delete-string'), undefined)
  })

  test('a deleted key can be created again', async ({ store, bucket }) => {
    await store.createObject('again', 'one')
    await store.deleteObject('again')
    await store.createObject('again', 'two')
    assert.equal(await bucket.text('again'), 'two')
  })

  test('an etag goes round: create, update, read and delete each take the last one', async ({ store, bucket }) => {
    const created = await store.createObject('round', 'one')
    const read = await store.getObjectIfMatch('round', created.etag)
    const updated = await store.putObjectIfMatch('round', `${await read.asString()} two`, read.etag)
    const reread = await store.getObject('round')
    assert.equal(reread.etag, updated.etag)
    assert.equal(await reread.asString(), 'one two')
    await store.deleteObjectIfMatch('round', reread.etag)
    assert.equal(await bucket.read('round'), undefined)
  })
}
