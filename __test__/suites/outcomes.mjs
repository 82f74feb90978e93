// What a caller is told of a write whose answer was lost, and of one that met a conflict.
import assert from 'node:assert/strict'
import { brokenOff, deleted, failed, object, reply, reset, written } from '../support/answers.mjs'
import { assertAmbiguous, assertArgumentError, rejection, rejectsAs } from '../support/expect-error.mjs'

const etag = '"0123456789abcdef0123456789abcdef"'
const header = 'x-amz-meta-s3-store-write-id'
const idOf = ({ headers }) => headers[header]

const writes = {
  createObject: (store, options) => store.createObject('key', 'x', options),
  putObjectIfMatch: (store, options) => store.putObjectIfMatch('key', 'x', etag, options),
}
const conflicts = { createObject: 'KeyExistsError', putObjectIfMatch: 'StaleDataError' }

/** The object that the first of the requests wrote. */
const ours = (server, headers) => (request, response) =>
  object('x', { etag: '"landed"', headers: { [header]: idOf(server.requests[0]), ...headers } })(request, response)
/** The object of another writer. */
const theirs = object('theirs', { etag: '"theirs"', headers: { [header]: 'f'.repeat(32) } })
const conflict = failed(412, 'PreconditionFailed')
const absent = reply(404, '')

const page = '<html><body>Sign in to the network</body></html>'
/** What something in between may say, or S3 after all. */
const noAnswers = {
  'a 201': reply(201, '', { etag: '"x"' }),
  'a 204 with an ETag': reply(204, '', { etag: '"x"' }),
  'a 200 with an empty ETag': reply(200, '', { etag: '' }),
  'a 200 with a page': reply(200, page, { etag: '"x"' }),
  'a 200 with an error after spaces': reply(200, '  \n<Error><Code>InternalError</Code></Error>', { etag: '"x"' }),
  'a 200 that breaks off': brokenOff(200, { etag: '"x"' }),
  'a 412 that breaks off': brokenOff(412),
}
const noAnswersToDelete = {
  'a 200 with a page': reply(200, page),
  'a 404 with a page': reply(404, page),
  'a 404 that breaks off': brokenOff(404),
}

export function outcomes({ test }) {
  for (const [operation, write] of Object.entries(writes)) {
    test(`${operation} carries an id, the same in every attempt and another in every call`, async ({
      store,
      server,
    }) => {
      server.answer(failed(503, 'SlowDown'), written())
      const { response } = await write(store)
      const [first, second] = server.requests.map(idOf)
      assert.match(first, /^[0-9a-f]{32}$/)
      assert.equal(second, first)
      assert.equal(response.writeId, first)
      assert.ok(!('recovered' in response) && !('current' in response))
      assert.notEqual((await write(store)).response.writeId, first)
    })

    test(`${operation} that meets itself after a lost answer is a success`, async ({ store, server }) => {
      server.answer(reset, conflict, ours(server))
      const { etag: tag, response } = await write(store)
      assert.deepEqual(
        { tag, recovered: response.recovered, writeId: response.writeId, attempts: response.$metadata.attempts },
        { tag: '"landed"', recovered: true, writeId: idOf(server.requests[0]), attempts: 2 },
      )
      assert.deepEqual(
        server.requests.map(({ method }) => method),
        ['PUT', 'PUT', 'HEAD'],
      )
    })

    test(`${operation} that meets another’s write says which is there`, async ({ store, server, bucket }) => {
      server.answer(conflict, theirs)
      const error = await rejection(write(store))
      assert.deepEqual(
        [error.name, error.currentEtag, error.writeId],
        [conflicts[operation], '"theirs"', idOf(server.requests[0])],
      )
      assert.equal(error.bucket, bucket)
    })

    test(`${operation} that meets another’s write after a lost answer is ambiguous`, async ({
      store,
      server,
      bucket,
    }) => {
      server.answer(reset, conflict, theirs)
      const error = await rejection(write(store))
      const cause = assertAmbiguous(error, { operation, bucket, key: 'key', attempts: 2 })
      assert.equal(cause.name, 'PreconditionFailed')
      assert.deepEqual([error.currentEtag, error.writeId], ['"theirs"', idOf(server.requests[0])])
      assert.ok(!('gone' in error))
      assert.match(error.message, /\(endpoint http:\/\/127\.0\.0\.1:\d+, bucket scripted-bucket, key "key"\)$/)
      assert.match(error.stack, /__test__/, 'the stack has the caller in it')
    })

    test(`${operation} without recovery carries no id, and is ambiguous then`, async ({
      openStore,
      store,
      server,
      bucket,
    }) => {
      for (const call of [() => write(openStore({ recovery: false })), () => write(store, { recovery: false })]) {
        server.answer(reset, conflict)
        const error = await rejection(call())
        assert.ok(error.name === 'AmbiguousWriteError' && !('writeId' in error), String(error))
        assert.deepEqual(
          server.requests.map((request) => [request.method, idOf(request)]),
          [
            ['PUT', undefined],
            ['PUT', undefined],
          ],
        )
      }
      server.answer(written())
      assert.ok(!('writeId' in (await write(openStore({ recovery: false }))).response))
      assert.match((await write(openStore({ recovery: false }), { recovery: true })).response.writeId, /^\w{32}$/)
      assert.equal(bucket, 'scripted-bucket')
    })

    test(`${operation} that meets a conflict is not read back with readBack: 'ambiguous'`, async ({
      openStore,
      server,
    }) => {
      server.answer(conflict)
      const error = await rejection(write(openStore({ readBack: 'ambiguous' })))
      assert.equal(error.name, conflicts[operation])
      assert.deepEqual([server.requests.length, error.writeId], [1, idOf(server.requests[0])])
    })
  }

  test('maxAttempts of a call goes before the store’s', async ({ openStore, server }) => {
    const store = openStore({ maxAttempts: 3 })
    const remove = (_store, options) => store.deleteObjectIfMatch('key', etag, options)
    for (const [operation, write] of Object.entries({ ...writes, deleteObjectIfMatch: remove })) {
      server.answer(reset, theirs)
      const error = await rejection(write(store, { maxAttempts: 1 }))
      assert.deepEqual([error.name, error.attempts], ['AmbiguousWriteError', 1], operation)
      for (const maxAttempts of [0, 1.5, '1', null, NaN]) {
        assertArgumentError(await rejection(write(store, { maxAttempts })), { name: 'options.maxAttempts' })
      }
    }
    server.answer(object('1', { etag }), reset, theirs)
    const error = await rejection(store.update('key', () => '2', { maxAttempts: 1 }))
    assert.deepEqual([error.name, error.attempts], ['AmbiguousWriteError', 1])
  })

  for (const [what, answer] of Object.entries(noAnswers)) {
    test(`${what} is no answer to a write: it is repeated, and ambiguous in the end`, async ({ openStore, server }) => {
      for (const [operation, write] of Object.entries(writes)) {
        server.answer(answer, written())
        assert.equal((await write(openStore())).response.$metadata.attempts, 2, operation)
        server.answer(answer, theirs)
        const error = await rejection(write(openStore({ maxAttempts: 1 })))
        assert.equal(error.name, 'AmbiguousWriteError', operation)
        server.answer(answer, ours(server))
        assert.equal((await write(openStore({ maxAttempts: 1 }))).response.recovered, true, operation)
      }
    })
  }

  for (const [what, answer] of Object.entries(noAnswersToDelete)) {
    test(`${what} is no answer to a delete: it is ambiguous`, async ({ openStore, server }) => {
      server.answer(answer, theirs)
      const error = await rejection(openStore({ maxAttempts: 1 }).deleteObjectIfMatch('key', etag))
      assert.equal(error.name, 'AmbiguousWriteError')
      assert.ok(!('gone' in error))
    })
  }

  test('a get under a condition that the server ignored is StaleDataError', async ({ store, server }) => {
    server.answer(reply(200, 'another', { etag: '"another"' }))
    const error = await rejection(store.getObjectIfMatch('key', etag))
    assert.equal(error.name, 'StaleDataError')
    assert.match(error.cause.message, /ignored If-Match/)
  })

  test('putObjectIfMatch of an absent key is NoSuchKey with the id of the write', async ({ store, server }) => {
    server.answer(failed(404, 'NoSuchKey'), absent)
    const error = await rejection(writes.putObjectIfMatch(store))
    assert.deepEqual([error.name, error.writeId], ['NoSuchKey', idOf(server.requests[0])])
  })

  test('a delete whose answer was lost is ambiguous, and gone where the key is', async ({ store, server, bucket }) => {
    server.answer(reset, failed(404, 'NoSuchKey'))
    const gone = await rejection(store.deleteObjectIfMatch('key', etag))
    assertAmbiguous(gone, { operation: 'deleteObjectIfMatch', bucket, key: 'key', attempts: 2 })
    assert.equal(gone.gone, true)
    server.answer(reset, conflict, theirs)
    const there = await rejection(store.deleteObjectIfMatch('key', etag))
    assertAmbiguous(there, { operation: 'deleteObjectIfMatch', bucket, key: 'key', attempts: 2 })
    assert.deepEqual(['gone' in there, there.currentEtag], [false, '"theirs"'])
  })

  test('an idempotent delete takes gone for a success', async ({ store, server }) => {
    server.answer(reset, failed(404, 'NoSuchKey'))
    const { response } = await store.deleteObjectIfMatch('key', etag, { idempotent: true })
    assert.equal(response.recovered, true)
    assert.ok(!('writeId' in response))
    server.answer(failed(404, 'NoSuchKey'))
    const error = await rejection(store.deleteObjectIfMatch('key', etag, { idempotent: true }))
    assert.equal(error.name, 'NoSuchKey', 'nothing was lost: it was not there before')
    server.answer(conflict)
    await rejectsAs(store.deleteObjectIfMatch('key', etag, { idempotent: true }), {
      kind: 'StaleData',
      message: 'object was modified concurrently, cannot proceed with deletion',
      operation: 'deleteObjectIfMatch',
      bucket: 'scripted-bucket',
      key: 'key',
      service: { code: 'PreconditionFailed', status: 412 },
    })
    server.answer(deleted())
    assert.ok(!('recovered' in (await store.deleteObjectIfMatch('key', etag, { idempotent: true })).response))
  })

  test('a get shows the id apart from the metadata', async ({ store, server }) => {
    server.answer(object('x', { headers: { [header]: 'a'.repeat(32), 'x-amz-meta-owner': 'me' } }))
    const { response } = await store.getObject('key')
    assert.equal(response.writeId, 'a'.repeat(32))
    assert.deepEqual({ ...response.Metadata }, { owner: 'me' })
  })

  test('resolveWrite says what became of a write', async ({ store, server }) => {
    const id = 'a'.repeat(32)
    server.answer(object('x', { etag: '"landed"', headers: { [header]: id, 'x-amz-version-id': 'v1' } }))
    const landed = { status: 'landed', etag: '"landed"', versionId: 'v1', current: true }
    assert.deepEqual(await store.resolveWrite('key', id), landed)
    server.answer(theirs)
    assert.deepEqual(await store.resolveWrite('key', id), { status: 'not-current', etag: '"theirs"' })
    // HEAD has no code that tells an absent key from an absent bucket.
    server.answer(absent, failed(404, 'NoSuchKey'))
    assert.deepEqual(await store.resolveWrite('key', id), { status: 'absent' })
    server.answer(absent, failed(404, 'NoSuchBucket'))
    assert.equal((await rejection(store.resolveWrite('key', id))).name, 'NoSuchBucket')
    server.answer(failed(403, 'AccessDenied'))
    const error = await rejection(store.resolveWrite('key', id))
    assert.equal(error.operation, 'resolveWrite')
  })

  test('resolveWrite refuses what is no id', async ({ store, server }) => {
    for (const id of [undefined, null, 42, '', 'short', 'A'.repeat(32), 'a'.repeat(33)]) {
      assertArgumentError(await rejection(store.resolveWrite('key', id)), { name: 'writeId' })
    }
    assertArgumentError(await rejection(store.resolveWrite('', 'a'.repeat(32))), { name: 'key' })
    assert.equal(server.requests.length, 0)
  })

  test('an update takes its own write for its own, where conflicts are not read back', async ({
    openStore,
    server,
  }) => {
    const before = object('1', { etag })
    const mine = (request, response) =>
      object('2', { etag: '"landed"', headers: { [header]: idOf(server.requests[1]) } })(request, response)
    server.answer(before, conflict, mine)
    let called = 0
    const result = await openStore({ readBack: 'ambiguous' }).update('key', () => String((called += 1) + 1))
    assert.deepEqual([result.etag, result.rounds, result.changed, called], ['"landed"', 1, true, 1])
    assert.deepEqual(
      server.requests.map(({ method }) => method),
      ['GET', 'PUT', 'GET'],
    )
  })
}

/** Through a client there are no ids, and nothing is found out. */
export function delegatedOutcomes({ test }) {
  test('resolveWrite is not supported', async ({ store, server, bucket }) => {
    const error = await rejection(store.resolveWrite('key', 'a'.repeat(32)))
    assert.deepEqual(
      [error.name, error.code, error.operation, error.bucket, error.key],
      ['UnsupportedBucketOperationError', 'UNSUPPORTED_OPERATION', 'resolveWrite', bucket, 'key'],
    )
    assert.match(error.message, /native engine/)
    assert.match(error.stack, /__test__/, 'the stack has the caller in it')
    assert.equal(server.requests.length, 0)
  })

  test('a write carries no id, and the first request is the write', async ({ store, server }) => {
    server.answer(written())
    await store.createObject('key', 'x', { recovery: true })
    assert.deepEqual(server.requests.map(idOf), [undefined])
  })
}
