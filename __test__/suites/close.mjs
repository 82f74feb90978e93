// A store that is closed: what is under way comes to its end, and nothing more begins.
import assert from 'node:assert/strict'
import { failed, object, page, stalled, written } from '../support/answers.mjs'
import { pagesOf } from '../support/collect.mjs'
import { rejection } from '../support/expect-error.mjs'
import { waitFor, within } from '../support/wait.mjs'

const etag = '"0123456789abcdef0123456789abcdef"'
const MiB = 1024 * 1024

const calls = {
  createObject: (store) => store.createObject('key', 'x'),
  putObjectIfMatch: (store) => store.putObjectIfMatch('key', 'x', etag),
  getObject: (store) => store.getObject('key'),
  getObjectIfMatch: (store) => store.getObjectIfMatch('key', etag),
  headObject: (store) => store.headObject('key'),
  exists: (store) => store.exists('key'),
  createObjectFromFile: (store) => store.createObjectFromFile('key', import.meta.filename),
  putObjectFromFileIfMatch: (store) => store.putObjectFromFileIfMatch('key', import.meta.filename, etag),
  getObjectToFile: (store) => store.getObjectToFile('key', 'never written'),
  presign: (store) => store.presign('GET', 'key'),
  deleteObject: (store) => store.deleteObject('key'),
  deleteObjectIfMatch: (store) => store.deleteObjectIfMatch('key', etag),
  resolveWrite: (store) => store.resolveWrite('key', 'a'.repeat(32)),
  probe: (store) => store.probe(),
  copyObject: (store) => store.copyObject('from', 'key', { ifNoneMatch: '*' }),
  restoreVersion: (store) => store.restoreVersion('key', 'v', null),
  deleteObjects: (store) => store.deleteObjects(['key']),
  list: (store) => pagesOf(store.list()),
  listVersions: (store) => pagesOf(store.listVersions()),
  getTags: (store) => store.getTags('key'),
  putTags: (store) => store.putTags('key', {}),
}
const keyless = new Set(['deleteObjects', 'probe', 'list', 'listVersions'])

function assertClosed(error, where) {
  assert.ok(error instanceof Error)
  const { message, code, operation, bucket, key } = error
  assert.deepEqual({ message, code }, { message: 'the store is closed', code: 'ERR_STORE_CLOSED' })
  if (where) assert.deepEqual({ operation, bucket, key }, where)
}

/** An answer that is given when the test says so. */
function held(answer) {
  let release
  const released = new Promise((resolve) => (release = resolve))
  return { release, answer: async (request, response) => (await released, answer(request, response)) }
}

export function close({ test }) {
  test('every call after close is refused, and nothing is sent', async ({ store, server, bucket }) => {
    const listing = store.list()
    await store.close()
    for (const [operation, call] of Object.entries(calls)) {
      const error = await rejection(call(store))
      assertClosed(error, { operation, bucket, key: keyless.has(operation) ? undefined : 'key' })
      assert.match(error.stack, /__test__/, operation)
    }
    assertClosed(await rejection(pagesOf(listing)))
    assertClosed(await rejection(store.update('key', () => assert.fail('called'))))
    assert.equal(server.requests.length, 0)
  })

  test('close can be called again, and at once', async ({ openStore, server }) => {
    server.answer(object('x'))
    for (const store of [openStore(), openStore()]) {
      if (server.requests.length === 0) await store.getObject('key')
      const closed = await Promise.all([store.close(), store.close(), store[Symbol.asyncDispose]()])
      assert.deepEqual(closed, [undefined, undefined, undefined])
      assert.equal(await store.close(), undefined)
      assertClosed(await rejection(store.getObject('key')))
    }
  })

  test('close waits for the calls that are under way', async ({ store, server }) => {
    const { release, answer } = held(written())
    server.answer(answer)
    const order = []
    const writing = store.createObject('key', 'x').then(() => order.push('written'))
    await waitFor(() => server.requests.length === 1, 'the request')
    const closing = store.close().then(() => order.push('closed'))
    assertClosed(await rejection(store.createObject('other', 'x')))
    release()
    await within(Promise.all([writing, closing]), 'the end of both')
    assert.deepEqual(order, ['written', 'closed'])
    assert.equal(server.requests.length, 1)
  })

  test('an update that is under way ends at its next request', async ({ store, server }) => {
    server.answer(object('x'))
    const updating = store.update('key', async () => {
      await store.close()
      return 'y'
    })
    assertClosed(await within(rejection(updating), 'the end of the update'))
    assert.deepEqual(
      server.requests.map(({ method }) => method),
      ['GET'],
    )
  })

  test('a listing that is under way ends at its next request', async ({ store, server, engine }) => {
    server.answer(page(['a'], { next: 'b' }), page(['b'], { next: 'c' }), page(['c'], { next: 'd' }))
    const pages = store.list()[Symbol.asyncIterator]()
    await pages.next()
    await store.close()
    // The native engine has asked for the next page by then.
    if (engine.engine === 'native') assert.equal((await pages.next()).value[0].Key, 'b')
    assertClosed(await rejection(pages.next()))
  })
}

export function nativeClose({ test }) {
  test('nothing is repeated once the store is being closed', async ({ store, server }) => {
    const { release, answer } = held(failed(503, 'SlowDown'))
    server.answer(answer)
    const reading = rejection(store.getObject('key'))
    await waitFor(() => server.requests.length === 1, 'the request')
    const closing = store.close()
    release()
    assert.equal((await within(reading, 'the end of the call')).name, 'SlowDown')
    await within(closing, 'the end of the store')
    assert.equal(server.requests.length, 1)
  })

  test('a body that is unread loses its connection, one in memory stays', async ({ store, server }) => {
    server.answer(object('small'))
    const small = await store.getObject('key')
    server.answer(stalled(Buffer.alloc(2 * MiB), MiB))
    const large = await store.getObject('key')
    await within(store.close(), 'the end of the store')
    await waitFor(() => server.open === 0, 'the connections to be gone', 3_000)
    assertClosed(await within(rejection(large.asByteArray()), 'reading on'))
    assert.equal(await small.asString(), 'small')
    assert.equal(server.requests.length, 1)
  })
}

export function delegatedClose({ test, engine }) {
  test('the client is left as it is, and so is what it reads', async ({ openStore, server }) => {
    const [store, other] = [openStore(), openStore()]
    server.answer(object(Buffer.alloc(MiB, 'x')))
    const got = await store.getObject('key')
    await within(store.close(), 'the end of the store')
    assert.equal((await got.asByteArray()).length, MiB)
    await other.getObject('key')
    assert.equal(engine.engine, 'client')
  })
}

/** On a real server. */
export function closing({ test }) {
  test('of writes that were under way, what was said is true', async ({ openStore, bucket }) => {
    for (const round of ['first', 'second']) {
      const store = openStore()
      // The server is verified, and connections are there.
      if (round === 'second') await store.createObject('before', 'x')
      const keys = Array.from({ length: 40 }, (_, index) => `${round}-${index}`)
      const writing = keys.map((key) => store.createObject(key, 'x'))
      const ended = Promise.allSettled(writing)
      await store.close()
      for (const [index, { reason }] of (await ended).entries()) {
        if (reason) assert.equal(reason.code, 'ERR_STORE_CLOSED')
        assert.equal(await bucket.text(keys[index]), reason ? undefined : 'x')
      }
    }
  })
}
