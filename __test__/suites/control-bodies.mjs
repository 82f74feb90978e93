// Bodies of gets whose signal aborts.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { Writable } from 'node:stream'
import { object, stalled } from '../support/answers.mjs'
import { rejection } from '../support/expect-error.mjs'
import { waitFor, within } from '../support/wait.mjs'

const MiB = 1024 * 1024
const body = Buffer.alloc(2 * MiB, 'x')
const sent = MiB
const listeners = (signal) => getEventListeners(signal, 'abort').length

/** The ways of reading on to the end. */
const ways = {
  asString: (got) => got.asString(),
  asByteArray: (got) => got.asByteArray(),
  asJson: (got) => got.asJson(),
  async asWebStream(got) {
    const reader = (await got.asWebStream()).getReader()
    while (!(await reader.read()).done);
  },
  async Body({ response }) {
    for await (const piece of response.Body) assert.ok(piece.length > 0)
  },
  pipeline: ({ response }) => pipeline(response.Body, new Writable({ write: (_piece, _encoding, done) => done() })),
}

/** A get whose body stops half-way. */
async function half({ server, store }) {
  server.answer(stalled(body, sent))
  const controller = new AbortController()
  const got = await store.getObject('key', { signal: controller.signal })
  return { controller, got, reason: Object.freeze(new Error('enough')) }
}

export function abortedBodies({ test }) {
  for (const [way, read] of Object.entries(ways)) {
    test(`a signal ends ${way} half-way, with the reason`, async (context) => {
      const { controller, got, reason } = await half(context)
      assert.equal(listeners(controller.signal), 0, 'nobody reads yet')
      const reading = rejection(read(got))
      await waitFor(() => listeners(controller.signal) === 1, 'the reading')
      controller.abort(reason)
      assert.equal(await within(reading, 'the end of the reading'), reason)
      assert.equal(listeners(controller.signal), 0)
      for (const again of ['asString', 'asByteArray']) assert.equal(await rejection(got[again]()), reason)
      await waitFor(() => context.server.open === 0, 'the connection to be gone')
    })

    test(`${way} of a body whose signal has aborted meanwhile rejects with the reason`, async (context) => {
      const { controller, got, reason } = await half(context)
      controller.abort(reason)
      assert.equal(await within(rejection(read(got)), 'the end of the reading'), reason)
      await waitFor(() => context.server.open === 0, 'the connection to be gone', 3_000)
    })
  }

  test('the stream has the reason as its error', async (context) => {
    const { controller, got, reason } = await half(context)
    const { Body } = got.response
    const failed = new Promise((resolve) => Body.on('error', resolve))
    Body.resume()
    await waitFor(() => listeners(controller.signal) === 1, 'the reading')
    controller.abort(reason)
    assert.equal(await within(failed, 'the error of the stream'), reason)
    assert.ok(Body.destroyed)
  })

  test('a body that was read to its end leaves no listener', async ({ server, store }) => {
    server.answer(object(body))
    const { signal } = new AbortController()
    for (const read of [ways.asByteArray, ways.Body, ways.asWebStream]) {
      await read(await store.getObject('key', { signal }))
      assert.equal(listeners(signal), 0)
    }
  })

  test('a small body is all there, and stays readable', async ({ server, store }) => {
    server.answer(object('{"a":1}'))
    const controller = new AbortController()
    const got = await store.getObject('key', { signal: controller.signal })
    controller.abort()
    assert.equal(await got.asString(), '{"a":1}')
    assert.deepEqual(await got.asJson(), { a: 1 })
  })

  test('a body that was cancelled says so, whatever its signal', async (context) => {
    const { got } = await half(context)
    await got.cancel()
    assert.equal((await rejection(got.asString())).code, 'ABORT_ERR')
  })
}

/** Once. */
export function manyAborted({ test }) {
  test('1,000 aborted transfers leave no socket and no listener', async ({ server, store }) => {
    server.answer(stalled(body, sent))
    const { signal } = new AbortController()
    for (let round = 0; round < 10; round += 1) {
      const controller = new AbortController()
      const { signal } = controller
      const reading = Array.from({ length: 100 }, async (_, index) => {
        if (index % 2 === 0) return await store.createObject('key', 'x', { signal })
        return await (await store.getObject('key', { signal })).asByteArray()
      })
      const ended = Promise.all(reading.map(rejection))
      await waitFor(() => server.requests.length === 100 * (round + 1), 'the requests')
      controller.abort(round)
      for (const error of await within(ended, 'the end of the transfers')) {
        assert.equal(error === round || error.cause === round, true, String(error))
      }
      assert.equal(listeners(signal), 0)
    }
    await waitFor(() => server.open === 0, 'the sockets to be gone', 3_000)
    assert.equal(server.requests.length, 1_000)
    assert.equal(listeners(signal), 0)
  })
}
