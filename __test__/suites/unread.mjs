// Bodies that nobody reads, or reads late. The connection is given up, the reading is not.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { failed, object } from '../support/answers.mjs'
import { rejection } from '../support/expect-error.mjs'
import { waitFor, within } from '../support/wait.mjs'

const MiB = 1024 * 1024
const piece = (got) => got.response.Body[Symbol.asyncIterator]()

/** On a real server. */
export function unread(context) {
  const { test } = context

  test('a large body left unread makes room when connections are short, and is read later', async (context) => {
    const { store, body, etag } = await large(context, 'room', { maxConnections: 1 })
    const first = await store.getObject('room')
    const second = await store.getObject('room')
    const third = await within(store.getObject('room'), 'a third get over one connection')
    for (const got of [third, first, second]) {
      assert.equal(got.etag, etag)
      assert.ok(body.equals(await within(got.asByteArray(), 'reading late')))
    }
  })

  test('a body that was read half-way goes on from there', async (context) => {
    const { store, body } = await large(context, 'half-way', { maxConnections: 1 })
    const got = await store.getObject('half-way')
    const iterator = piece(got)
    const pieces = [(await iterator.next()).value]
    for (let time = 0; time < 3; time += 1)
      await within(store.getObject('half-way'), 'a get beside one that is half read')
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) pieces.push(next.value)
    assert.ok(body.equals(Buffer.concat(pieces)))
  })

  test('reading on after the object changed is a StaleDataError', async (context) => {
    const { store, bucket } = await large(context, 'changed', { maxConnections: 1 })
    const got = await store.getObject('changed')
    const iterator = piece(got)
    await iterator.next()
    for (let time = 0; time < 3; time += 1)
      await within(store.getObject('changed'), 'a get beside one that is half read')
    await bucket.write('changed', randomBytes(8 * MiB))
    const error = await rejection(drain(iterator))
    assert.equal(error.name, 'StaleDataError')
    assert.match(error.message, /changed while it was being read: read it again/)
    assert.deepEqual([error.bucket, error.key], [bucket.name, 'changed'])
  })

  test('writes, deletes and listings do not wait for unread bodies either', async (context) => {
    const { store } = await large(context, 'beside', { maxConnections: 2 })
    const held = [await store.getObject('beside'), await store.getObject('beside'), await store.getObject('beside')]
    const { etag } = await within(store.createObject('beside-small', 'x'), 'a create')
    await within(store.putObjectIfMatch('beside-small', 'y', etag), 'an update')
    await within(store.list('beside')[Symbol.asyncIterator]().next(), 'a listing')
    await within(store.deleteObject('beside-small'), 'a delete')
    assert.equal(held.length, 3)
  })
}

/** Once, on one server. */
export function manyUnread(context) {
  context.test('200 unread gets of 8 MiB, and then one more', async (context) => {
    const { store, body, bucket } = await large(context, 'many')
    await bucket.write('small', 'one more')
    const held = []
    for (let count = 0; count < 200; count += 1)
      held.push(await within(store.getObject('many'), `get number ${count + 1}`))
    const one = await within(store.getObject('small'), 'one more get')
    assert.equal(await one.asString(), 'one more')
    const last = await within(store.getObject('many'), 'one more large get')
    assert.ok(body.equals(await within(last.asByteArray(), 'reading the last')))
    for (const got of [held[0], held[100], held[199]]) {
      assert.ok(body.equals(await within(got.asByteArray(), 'reading one of the 200')))
    }
  })

  context.test('200 gets of 8 MiB at once, unread, and then one more', async (context) => {
    const { store, bucket } = await large(context, 'at-once')
    await bucket.write('small-at-once', 'one more')
    const held = await within(Promise.all(Array.from({ length: 200 }, () => store.getObject('at-once'))), '200 gets')
    const one = await within(store.getObject('small-at-once'), 'one more get')
    assert.equal(await one.asString(), 'one more')
    await Promise.all(held.map((got) => got.cancel()))
  })
}

async function large({ openStore, bucket }, key, options) {
  const body = randomBytes(8 * MiB)
  const etag = await bucket.write(key, body)
  return { store: openStore(options), body, etag, bucket }
}

async function drain(iterator) {
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) assert.ok(next.value.length > 0)
}

/** On a scripted server, which sees how a body is taken up again. */
export function resumption({ test }) {
  const body = randomBytes(16 * MiB)
  const etag = '"the version that was got"'

  /** A get of which one piece was read, long enough ago that its connection was given up. */
  async function left({ server, openStore }) {
    server.answer(object(body, { etag }))
    const got = await openStore().getObject('key')
    const iterator = piece(got)
    const first = (await iterator.next()).value
    await waitFor(() => server.open === 0, 'the connection of an unread body to be given up', 50_000)
    return { iterator, first }
  }

  test('asks again with Range and If-Match from where it stopped', async (context) => {
    const { iterator, first } = await left(context)
    const { server } = context
    assert.equal(server.requests.length, 1)
    const pieces = [first]
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) pieces.push(next.value)
    assert.ok(body.equals(Buffer.concat(pieces)))
    assert.equal(server.requests.length, 2)
    const [, { headers, path }] = server.requests
    assert.equal(path, '/scripted-bucket/key')
    const [, from] = /^bytes=(\d+)-/.exec(headers.range)
    assert.ok(Number(from) >= first.length && Number(from) < body.length, headers.range)
    assert.equal(headers['if-match'], etag)
  })

  test('is a StaleDataError when the version is gone', async (context) => {
    const { iterator } = await left(context)
    context.server.answer(failed(412, 'PreconditionFailed'))
    const error = await rejection(drain(iterator))
    assert.equal(error.name, 'StaleDataError')
    assert.equal(error.code, 'STALE_DATA')
    assert.equal(error.key, 'key')
    assert.equal(error.originalError.Code, 'PreconditionFailed')
  })

  test('is an error when the server ignores the range', async (context) => {
    const { iterator, first } = await left(context)
    const whole = object(body, { etag })
    context.server.answer((request, response) => whole({ ...request, headers: {} }, response))
    const pieces = [first]
    const outcome = await (async () => {
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) pieces.push(next.value)
    })().catch((error) => error)
    assert.ok(outcome instanceof Error || body.equals(Buffer.concat(pieces)), 'never bytes in the wrong place')
  })

  test('is S3’s error when the object is gone', async (context) => {
    const { iterator } = await left(context)
    context.server.answer(failed(404, 'NoSuchKey', 'The specified key does not exist.'))
    assert.equal((await rejection(drain(iterator))).name, 'NoSuchKey')
  })
}
