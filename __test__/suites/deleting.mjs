// Many deletes at once, and an outcome for each.
import assert from 'node:assert/strict'
import { deletedObjects, failed, silent } from '../support/answers.mjs'
import { collect } from '../support/collect.mjs'
import { assertArgumentError, rejection } from '../support/expect-error.mjs'
import { oddKeys } from '../support/odd-keys.mjs'
import { waitFor } from '../support/wait.mjs'

const gone = (key) => ({ key, deleted: true })
const many = (count) => Array.from({ length: count }, (_, number) => `many/${number}`)

async function* asyncly(items) {
  yield* items
}

export function deleting({ test }) {
  test('each key has its outcome, in order, also one that is absent', async ({ store, bucket }) => {
    for (const key of ['one', 'two', 'kept']) await bucket.write(key, key)
    const keys = ['two', 'absent', 'one']
    assert.deepEqual(await store.deleteObjects(keys), keys.map(gone))
    for (const key of keys) assert.equal(await bucket.read(key), undefined)
    assert.equal(await bucket.text('kept'), 'kept')
  })

  test('keys come from any iterable, also from a listing', async ({ store, bucket }) => {
    for (const key of ['set/1', 'set/2', 'list/1', 'list/2', 'list/3']) await bucket.write(key, key)
    assert.deepEqual(await store.deleteObjects(new Set(['set/1', 'set/2'])), ['set/1', 'set/2'].map(gone))
    const outcomes = await store.deleteObjects(store.list('list/', { pageSize: 2 }).keys())
    assert.deepEqual(outcomes, ['list/1', 'list/2', 'list/3'].map(gone))
    assert.deepEqual(await collect(store.list('set/')), [])
    assert.deepEqual(await collect(store.list('list/')), [])
  })

  test('a key that is given twice has its outcome twice', async ({ store, bucket }) => {
    await bucket.write('twice', 'x')
    assert.deepEqual(await store.deleteObjects(['twice', 'other', 'twice']), ['twice', 'other', 'twice'].map(gone))
    assert.equal(await bucket.read('twice'), undefined)
  })

  const rooted = oddKeys.filter((key) => key.startsWith('/'))
  const others = oddKeys.filter((key) => !key.startsWith('/'))
  const cases = { 'odd keys': others, 'keys with a slash at their start': rooted }
  for (const [name, all] of Object.entries(cases)) {
    test(`${name} are deleted, whatever XML makes of them`, async ({ store, bucket }) => {
      const keys = []
      for (const key of all) {
        // What a server refuses is not there to be deleted.
        const written = await bucket.write(key, 'x').catch(() => undefined)
        if (written) keys.push(key)
      }
      assert.ok(keys.length > all.length / 2)
      assert.deepEqual(await store.deleteObjects(keys), keys.map(gone))
      for (const key of keys) assert.equal(await bucket.read(key), undefined, JSON.stringify(key))
    })
  }

  test('a version is removed for good, and what hides an object can be taken away', async ({
    openStore,
    makeBucket,
  }) => {
    const bucket = await makeBucket()
    await bucket.keepVersions()
    const store = openStore({}, bucket.name)
    const one = await store.createObject('versioned', 'one')
    const two = await store.putObjectIfMatch('versioned', 'two', one.etag)
    const { VersionId: versionId } = one.response
    const [removed] = await store.deleteObjects([{ key: 'versioned', versionId }])
    assert.deepEqual(removed, { key: 'versioned', versionId, deleted: true })
    assert.equal((await rejection(store.getObject('versioned', { versionId }))).name, 'NoSuchVersion')
    assert.equal(await bucket.text('versioned'), 'two')

    const [hidden] = await store.deleteObjects(['versioned'])
    assert.deepEqual([hidden.deleted, hidden.deleteMarker], [true, true])
    assert.equal(await bucket.read('versioned'), undefined)
    const marker = { key: 'versioned', versionId: hidden.deleteMarkerVersionId }
    const [shown] = await store.deleteObjects([marker])
    assert.deepEqual([shown.deleted, shown.versionId], [true, marker.versionId])
    assert.equal((await bucket.read('versioned')).etag, two.etag)
  })

  test('what is odd and versioned is told of in the same way', async ({ openStore, makeBucket }) => {
    const bucket = await makeBucket()
    await bucket.keepVersions()
    const store = openStore({}, bucket.name)
    const key = 'tab\there'
    await store.createObject(key, 'one')
    const [hidden] = await store.deleteObjects([key])
    assert.deepEqual([hidden.key, hidden.deleted, hidden.deleteMarker], [key, true, true])
    const [shown] = await store.deleteObjects([{ key, versionId: hidden.deleteMarkerVersionId }])
    assert.deepEqual([shown.key, shown.versionId, shown.deleted], [key, hidden.deleteMarkerVersionId, true])
    assert.equal(await bucket.text(key), 'one')
  })
}

/** More keys than a request takes. */
export function deletingMany({ test }) {
  test('1,050 keys are deleted in two requests', async ({ store, bucket }) => {
    const keys = many(1050)
    for (let start = 0; start < keys.length; start += 50) {
      await Promise.all(keys.slice(start, start + 50).map((key) => bucket.write(key, 'x')))
    }
    assert.deepEqual(await store.deleteObjects(keys), keys.map(gone))
    assert.deepEqual(await collect(store.list('many/')), [])
  })
}

const sent = ({ body }) => [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key)

const allDeleted = (request, response) => deletedObjects(sent(request))(request, response)

/** What a scripted server answers. */
export function deletingAnswers({ test, engine }) {
  test('nothing is sent for no keys', async ({ store, server }) => {
    for (const keys of [[], new Set(), asyncly([])]) assert.deepEqual(await store.deleteObjects(keys), [])
    assert.equal(server.requests.length, 0)
  })

  test('a request carries at most 1,000 keys, each once, and a checksum of them', async ({ store, server }) => {
    const keys = many(2001)
    server.answer(allDeleted)
    const outcomes = await store.deleteObjects(asyncly([...keys, keys[0]]))
    assert.deepEqual(outcomes, [...keys, keys[0]].map(gone))
    assert.deepEqual(
      server.requests.map((request) => sent(request).length),
      [1000, 1000, 1],
    )
    for (const { method, path, query, headers } of server.requests) {
      assert.deepEqual([method, path, 'delete' in query], ['POST', '/scripted-bucket/', true])
      assert.ok(headers['content-md5'] ?? headers['x-amz-checksum-crc32'] ?? headers['x-amz-trailer'])
    }
  })

  test('a key that is refused has S3’s error, and the others are gone', async ({ store, server, bucket }) => {
    const errors = [{ key: 'locked', code: 'AccessDenied', message: 'Access Denied' }]
    server.answer(deletedObjects(['one', 'two'], errors))
    const [one, locked, two] = await store.deleteObjects(['one', 'locked', 'two'])
    assert.deepEqual([one, two], [gone('one'), gone('two')])
    assert.deepEqual([locked.key, locked.deleted], ['locked', false])
    const { name, Code, message, operation, key } = locked.error
    assert.ok(locked.error instanceof Error)
    assert.deepEqual([name, Code, message], ['AccessDenied', 'AccessDenied', 'Access Denied'])
    assert.deepEqual([operation, locked.error.bucket, key], ['deleteObjects', bucket, 'locked'])
  })

  test('what the answer does not speak of is not taken for deleted', async ({ store, server }) => {
    server.answer(deletedObjects(['one']))
    const [one, silence] = await store.deleteObjects(['one', 'two'])
    assert.deepEqual([one.deleted, silence.deleted, silence.error.code], [true, false, 'ERR_INVALID_DELETE_ANSWER'])
  })

  test('a batch that fails is the outcome of its keys, and the next is sent', async ({ openStore, server }) => {
    const keys = many(1500)
    server.answer(failed(403, 'AccessDenied'), allDeleted)
    const outcomes = await openStore({ maxAttempts: 1 }).deleteObjects(keys)
    assert.deepEqual(
      outcomes.map(({ key }) => key),
      keys,
    )
    const errors = outcomes.slice(0, 1000).map(({ deleted, error }) => deleted === false && error.name)
    assert.deepEqual([...new Set(errors)], ['AccessDenied'])
    assert.deepEqual(outcomes.slice(1000), keys.slice(1000).map(gone))
  })

  test('a signal ends it between two batches, too', async ({ store, server }) => {
    const controller = new AbortController()
    const reason = new Error('enough')
    server.answer((request, response) => {
      controller.abort(reason)
      silent(request, response)
    })
    assert.equal(await rejection(store.deleteObjects(many(1500), { signal: controller.signal })), reason)
    assert.equal(server.requests.length, 1)
    const endless = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }
    const waiting = rejection(store.deleteObjects(endless, { signal: AbortSignal.abort(reason) }))
    assert.equal(await waiting, reason)
  })

  test('an error of the iterable rejects, and nothing is sent', async ({ store, server }) => {
    const reason = new Error('theirs')
    async function* breaking() {
      yield 'one'
      throw reason
    }
    assert.equal(await rejection(store.deleteObjects(breaking())), reason)
    assert.equal(server.requests.length, 0)
  })

  const bad = {
    'no keys': [undefined, 'keys'],
    'a string': ['key', 'keys'],
    'an object that is no iterable': [{ key: 'key' }, 'keys'],
    'an empty key': [['one', ''], 'keys[1]'],
    'a number as a key': [[1], 'keys[0]'],
    'a lone surrogate': [asyncly(['one', '\ud83d']), 'keys[1]'],
    'no key beside a version': [[{ versionId: '1' }], 'keys[0].key'],
    'an empty version': [[{ key: 'k', versionId: '' }], 'keys[0].versionId'],
    'a name that is none of a key’s': [[{ Key: 'k' }], 'keys[0].Key'],
  }
  for (const [name, [keys, argument]] of Object.entries(bad)) {
    test(`${name} is refused, and nothing is sent`, async ({ store, server }) => {
      const error = await rejection(store.deleteObjects(keys))
      assertArgumentError(error, { name: argument })
      assert.equal(error.argument, argument)
      assert.equal(server.requests.length, 0)
    })
  }

  if (engine.engine === 'native') {
    test('a request whose answer is lost is repeated', async ({ store, server }) => {
      server.answer(failed(503, 'SlowDown'), deletedObjects(['one']))
      assert.deepEqual(await store.deleteObjects(['one']), [gone('one')])
      assert.equal(server.requests.length, 2)
    })

    test('a batch that gets no answer in its time is no reason to leave out the next', async ({ store, server }) => {
      server.answer(silent, allDeleted)
      const outcomes = await store.deleteObjects(many(1001), { timeout: 300 })
      await waitFor(() => server.requests.length === 2, 'the second request')
      assert.deepEqual([outcomes[0].deleted, outcomes[0].error.code], [false, 'ETIMEDOUT'])
      assert.equal(outcomes[1000].deleted, true)
    })
  }
}
