// What a client is told of the end of a call, and what becomes of the call.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import createS3Store from 's3-store-native'
import { rejection } from '../support/expect-error.mjs'

const etag = '"e"'
const calls = {
  createObject: (store, options) => store.createObject('key', 'x', options),
  putObjectIfMatch: (store, options) => store.putObjectIfMatch('key', 'x', etag, options),
  getObject: (store, options) => store.getObject('key', options),
  getObjectIfMatch: (store, options) => store.getObjectIfMatch('key', etag, options),
  deleteObject: (store, options) => store.deleteObject('key', options),
  deleteObjectIfMatch: (store, options) => store.deleteObjectIfMatch('key', etag, options),
  list: (store, options) => store.list('', options)[Symbol.asyncIterator]().next(),
}

/** A client that keeps what `send` got and answers as it is told. */
function mock(answer) {
  const sent = []
  const send = (...args) => {
    sent.push(args)
    return answer(...args)
  }
  return { sent, store: createS3Store('bucket', { client: { send } }) }
}

const never = () => new Promise(() => {})
const listeners = (signal) => getEventListeners(signal, 'abort').length

/** As the SDK's client: it rejects with an error of its own. */
const obedient = (_command, { abortSignal }) =>
  new Promise((_resolve, reject) => {
    abortSignal.addEventListener('abort', () => reject(new Error('Request aborted')), { once: true })
  })

describe('a client', () => {
  for (const [operation, call] of Object.entries(calls)) {
    it(`is given the signal itself, and nothing where there is none: ${operation}`, async () => {
      const { sent, store } = mock(async () => ({ ETag: etag }))
      const { signal } = new AbortController()
      await call(store, { signal })
      await call(store, {})
      await call(store, { signal: undefined, timeout: undefined })
      assert.deepEqual(
        sent.map(([, ...options]) => options),
        [[{ abortSignal: signal }], [], []],
      )
      assert.equal(sent[0][1].abortSignal, signal)
      assert.equal(listeners(signal), 0)
    })

    for (const [kind, answer] of Object.entries({ obedient, 'that never listens': never })) {
      it(`${kind} may throw what it likes: the call rejects with the reason: ${operation}`, async () => {
        const { store } = mock(answer)
        for (const timeout of [undefined, 60_000]) {
          const controller = new AbortController()
          const reason = Object.freeze(new Error('enough'))
          const ended = rejection(call(store, { signal: controller.signal, timeout }))
          await new Promise(setImmediate)
          controller.abort(reason)
          assert.equal(await ended, reason)
          assert.equal(listeners(controller.signal), 0)
        }
      })

      it(`${kind} is told when the time is up: ${operation}`, async () => {
        const { sent, store } = mock(answer)
        const { signal } = new AbortController()
        const error = await rejection(call(store, { signal, timeout: 10 }))
        assert.deepEqual(
          [error.name, error.code, error.operation, error.bucket, error.key],
          ['TimeoutError', 'ETIMEDOUT', operation, 'bucket', operation === 'list' ? undefined : 'key'],
        )
        assert.match(error.message, /10 ms.*bucket bucket/)
        assert.match(error.stack, /__test__/)
        const [[, { abortSignal }]] = sent
        assert.ok(abortSignal.aborted && abortSignal !== signal)
        assert.equal(listeners(signal), 0)
      })
    }
  }

  it('that fails by itself is heard: the signal did not end that', async () => {
    const failure = new Error('its own')
    const { store } = mock(async () => Promise.reject(failure))
    const { signal } = new AbortController()
    assert.equal(await rejection(store.createObject('key', 'x', { signal, timeout: 60_000 })), failure)
    assert.equal(listeners(signal), 0)
  })

  it('may have a signal of a polyfill, with a time limit too', async () => {
    const listening = new Set()
    const signal = {
      aborted: false,
      addEventListener: (_, listener) => listening.add(listener),
      removeEventListener: (_, listener) => listening.delete(listener),
    }
    const { store } = mock(never)
    const ended = rejection(store.getObject('key', { signal, timeout: 60_000 }))
    for (const listener of listening) {
      signal.aborted = true
      listener()
    }
    assert.equal((await ended).name, 'AbortError')
    assert.equal(listening.size, 0)
  })

  it('that answers after all gets its body back', async () => {
    let answered
    const { store } = mock(() => new Promise((resolve) => (answered = resolve)))
    assert.equal((await rejection(store.getObject('key', { timeout: 5 }))).code, 'ETIMEDOUT')
    const cancelled = new Promise((resolve) => answered({ ETag: etag, Body: { cancel: resolve } }))
    await cancelled
  })

  it('that never listens is waited for when the store is closed', async () => {
    let answered
    const { store } = mock(() => new Promise((resolve) => (answered = resolve)))
    await rejection(store.createObject('key', 'x', { timeout: 5 }))
    const order = []
    const closing = store.close().then(() => order.push('closed'))
    await new Promise(setImmediate)
    order.push('answered')
    answered({ ETag: etag })
    await closing
    assert.deepEqual(order, ['answered', 'closed'])
  })

  it('keeps a body whose reading the signal ends', async () => {
    let destroyed = 0
    const Body = { transformToString: never, transformToByteArray: never, destroy: () => (destroyed += 1) }
    const { store } = mock(async () => ({ Body }))
    const controller = new AbortController()
    const got = await store.getObject('key', { signal: controller.signal })
    const reading = [rejection(got.asString()), rejection(got.asByteArray())]
    controller.abort('enough')
    assert.deepEqual(await Promise.all(reading), ['enough', 'enough'])
    assert.equal(await rejection(got.asJson()), 'enough')
    assert.deepEqual([destroyed, listeners(controller.signal)], [3, 0])
  })
})
