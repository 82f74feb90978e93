// Bodies as streams: whole, a piece at a time, and left half-way.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { getEventListeners } from 'node:events'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { object, metered, stalled } from '../support/answers.mjs'
import { rejection } from '../support/expect-error.mjs'
import { waitFor, within } from '../support/wait.mjs'

const KiB = 1024
const MiB = 1024 * KiB

/** Each kind of stream, as an iterator of its pieces whose `return` is what a reader does that has had enough. */
export const streams = {
  asNodeStream: async (got) => (await got.asNodeStream())[Symbol.asyncIterator](),
  'for await': async (got) => got[Symbol.asyncIterator](),
  asWebStream: async (got) => (await got.asWebStream())[Symbol.asyncIterator](),
}

/** What is left of a stream. */
export async function rest(iterator, pieces = []) {
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) pieces.push(next.value)
  return Buffer.concat(pieces)
}

/** On a real server. */
export function wholeStreams(context) {
  const { test } = context

  for (const [kind, open] of Object.entries(streams)) {
    for (const size of [0, 1, 256 * KiB, 256 * KiB + 1, 5 * MiB]) {
      test(`${kind}: ${size} bytes arrive as they are`, async ({ store, bucket }) => {
        const body = randomBytes(size)
        await bucket.write(`${kind}-${size}`, body)
        const pieces = []
        const read = await rest(await open(await store.getObject(`${kind}-${size}`)), pieces)
        assert.ok(body.equals(read))
        assert.ok(pieces.every((piece) => piece instanceof Uint8Array && piece.length > 0))
      })
    }

    test(`${kind} of a range has its bytes and no others`, async ({ store, bucket }) => {
      const body = randomBytes(3 * MiB)
      await bucket.write(`${kind}-range`, body)
      const got = await store.getObject(`${kind}-range`, { range: { start: MiB, end: 2 * MiB + 6 } })
      assert.ok(body.subarray(MiB, 2 * MiB + 7).equals(await rest(await open(got))))
    })
  }

  test('asNodeStream is a Readable of Buffers, for pipeline and pipe', async ({ store, bucket }) => {
    const body = randomBytes(2 * MiB)
    await bucket.write('readable', body)
    const stream = await (await store.getObject('readable')).asNodeStream()
    assert.ok(stream instanceof Readable)
    const sink = collector()
    await pipeline(stream, sink)
    assert.ok(sink.pieces.every(Buffer.isBuffer))
    assert.ok(body.equals(Buffer.concat(sink.pieces)))
    const piped = collector()
    ;(await (await store.getObject('readable')).asNodeStream()).pipe(piped)
    await new Promise((resolve) => piped.on('finish', resolve))
    assert.ok(body.equals(Buffer.concat(piped.pieces)))
  })

  test('a stream that nobody has read takes the body from no other', async ({ store, bucket }) => {
    const body = randomBytes(MiB)
    await bucket.write('left', body)
    const got = await store.getObject('left')
    const unread = await got.asNodeStream()
    const iterator = got[Symbol.asyncIterator]()
    const pieces = [(await iterator.next()).value]
    unread.destroy()
    assert.ok(body.equals(await rest(iterator, pieces)))
  })

  for (const first of ['asNodeStream', 'for await']) {
    test(`a large body is read once: after ${first}, every other reading says so`, async ({ store, bucket }) => {
      const body = randomBytes(MiB)
      await bucket.write(`once-${first}`, body)
      const got = await store.getObject(`once-${first}`)
      assert.ok(body.equals(await rest(await streams[first](got))))
      const again = [...Object.values(streams).map((open) => async () => rest(await open(got))), () => got.asString()]
      for (const read of again) {
        const error = await rejection(read())
        assert.equal(error.code, 'ERR_INVALID_STATE')
        assert.equal(error.key, `once-${first}`)
      }
    })
  }
}

/** What a native get adds. */
export function heldStreams({ test }) {
  test('a small body is streamed again and again, also after a loop that was left', async ({ store, bucket }) => {
    await bucket.write('small', 'small')
    const got = await store.getObject('small')
    for (const open of [...Object.values(streams), ...Object.values(streams)]) {
      const left = await open(got)
      await left.next()
      await left.return()
      assert.equal((await rest(await open(got))).toString(), 'small')
    }
    assert.equal(await got.asString(), 'small')
  })

  test('no piece takes more memory than is said', async ({ store, bucket }) => {
    await bucket.write('pieces', randomBytes(8 * MiB))
    const pieces = []
    await rest(await streams.asWebStream(await store.getObject('pieces')), pieces)
    assert.ok(pieces.every(({ length }) => length < MiB))
  })

  test('leaving a loop half-way is to cancel', async ({ openStore, bucket }) => {
    await bucket.write('half', randomBytes(4 * MiB))
    const store = openStore({ maxConnections: 1 })
    const got = await store.getObject('half')
    for await (const chunk of got) {
      assert.ok(chunk.length > 0)
      break
    }
    assert.equal((await rejection(got.asString())).code, 'ABORT_ERR')
    const whole = await within(store.getObject('half'), 'a get after one that was left')
    await whole.cancel()
  })
}

/** On a scripted server, which sees its sockets. */
export function streamsAndSockets({ test }) {
  const body = randomBytes(64 * MiB)

  for (const [kind, open] of Object.entries(streams)) {
    test(`${kind}: a reader that takes its time makes the server wait`, async ({ server, store }) => {
      let sent = 0
      server.answer(metered(body, (bytes) => (sent += bytes)))
      const iterator = await open(await store.getObject('key'))
      const pieces = [(await iterator.next()).value]
      await waitFor(async () => isStill(() => sent), 'the server to be kept waiting')
      // What is on its way fits into the buffers of both systems: a few megabytes each.
      assert.ok(sent < body.length / 2, `${sent} bytes were sent to a reader of one piece`)
      assert.ok(body.equals(await rest(iterator, pieces)))
    })

    test(`${kind}: leaving it half-way frees the connection`, async ({ server, store }) => {
      server.answer(stalled(body, MiB))
      const iterator = await open(await store.getObject('key'))
      await iterator.next()
      assert.equal(server.open, 1)
      await within(iterator.return(), 'leaving')
      await waitFor(() => server.open === 0, 'the connection to be gone', 3_000)
      assert.equal(server.requests.length, 1)
    })

    test(`${kind}: a loop that throws frees the connection`, async ({ server, store }) => {
      server.answer(stalled(body, MiB))
      const iterator = await open(await store.getObject('key'))
      const enough = new Error('enough')
      const loop = async () => {
        for await (const piece of { [Symbol.asyncIterator]: () => iterator }) throw piece.length > 0 && enough
      }
      assert.equal(await rejection(loop()), enough)
      await waitFor(() => server.open === 0, 'the connection to be gone', 3_000)
    })
  }

  test('destroying a stream that nobody has read frees the connection', async ({ server, store }) => {
    server.answer(stalled(body, MiB))
    const stream = await (await store.getObject('key')).asNodeStream()
    stream.destroy()
    await waitFor(() => server.open === 0, 'the connection to be gone', 3_000)
  })

  test('destroying a stream in the middle of a read frees the connection', async ({ server, store }) => {
    server.answer(stalled(body, MiB))
    const stream = await (await store.getObject('key')).asNodeStream()
    let taken = 0
    stream.on('data', (piece) => (taken += piece.length))
    await waitFor(() => taken === MiB, 'all that is sent')
    stream.destroy()
    await waitFor(() => server.open === 0, 'the connection to be gone', 3_000)
    assert.equal(stream.errored, null)
  })

  for (const kind of ['asNodeStream', 'for await']) {
    test(`${kind}: the get’s signal ends it, with the reason`, async ({ server, store }) => {
      server.answer(stalled(body, MiB))
      const controller = new AbortController()
      const got = await store.getObject('key', { signal: controller.signal })
      const pieces = []
      const reading = rejection(rest(await streams[kind](got), pieces))
      const reason = new Error('enough')
      await waitFor(() => Buffer.concat(pieces).length === MiB, 'all that is sent to be read')
      controller.abort(reason)
      assert.equal(await within(reading, 'the end of the reading'), reason)
      await waitFor(() => server.open === 0, 'the connection to be gone', 3_000)
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
    })
  }

  test('streams that were read to their end leave no listener', async ({ server, store }) => {
    server.answer(object(randomBytes(MiB)))
    const { signal } = new AbortController()
    for (const open of Object.values(streams)) await rest(await open(await store.getObject('key', { signal })))
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })
}

/** Whether a number has not changed in a while. */
async function isStill(read) {
  const before = read()
  await new Promise((resolve) => setTimeout(resolve, 500))
  return read() === before
}

function collector() {
  const pieces = []
  const sink = new Writable({
    write(piece, _encoding, done) {
      pieces.push(piece)
      done()
    },
  })
  return Object.assign(sink, { pieces })
}
