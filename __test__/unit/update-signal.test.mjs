// What ends an update from outside.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { runInNewContext } from 'node:vm'
import createS3Store, { createJsonWrapper, StaleDataError } from 's3-store-native'
import { rejection } from '../support/expect-error.mjs'
import { add, memory, throwing } from '../support/memory-store.mjs'

describe('the signal of update', () => {
  const listeners = ({ signal }) => getEventListeners(signal, 'abort').length

  it('that has aborted already: nothing is asked', async () => {
    const reason = new Error('no more')
    const { json, calls } = memory('1')
    assert.equal(await rejection(json.update('k', add, { signal: AbortSignal.abort(reason) })), reason)
    assert.deepEqual(calls, [])
  })

  it('ends the wait for a read, for the function and between rounds', async () => {
    const never = () => new Promise(() => {})
    const waits = {
      read: [{ ...memory('1').store, getObject: never }, add],
      function: [memory('1').store, never],
      rounds: [{ ...memory('1').store, putObjectIfMatch: async () => throwing(new StaleDataError('stale'))() }, add],
    }
    for (const [name, [store, fn]] of Object.entries(waits)) {
      const controller = new AbortController()
      const options = { signal: controller.signal, maxRounds: 2 ** 30 }
      const updating = createJsonWrapper(store).update('k', fn, options)
      assert.equal(listeners(controller), 1)
      setTimeout(() => controller.abort(new Error(name)), 5)
      assert.equal((await rejection(updating)).message, name)
      assert.equal(listeners(controller), 0)
    }
  })

  it('does not end a write that is under way: what became of it is told', async () => {
    const controller = new AbortController()
    const { json, held } = memory('1', () => controller.abort())
    const { changed } = await json.update('k', add, { signal: controller.signal })
    assert.deepEqual([changed, held.text], [true, '2'])
    const again = new AbortController()
    const conflict = () => {
      again.abort(new Error('enough'))
      throw new StaleDataError('stale')
    }
    assert.equal(
      (await rejection(memory('1', conflict).json.update('k', add, { signal: again.signal }))).message,
      'enough',
    )
  })

  it('that aborts while the bytes are compared keeps them from being written', async () => {
    const controller = new AbortController()
    const sent = []
    const client = {
      async send({ constructor }) {
        sent.push(constructor.name)
        return { ETag: '"1"', Body: Readable.from(['x']) }
      },
    }
    const slow = Object.assign(new Blob(['y']), {
      async arrayBuffer() {
        controller.abort(new Error('enough'))
        return Buffer.from('y')
      },
    })
    const updating = createS3Store('b', { client }).update('k', () => slow, { signal: controller.signal })
    assert.equal((await rejection(updating)).message, 'enough')
    assert.deepEqual(sent, ['GetObjectCommand'])
  })

  it('loses its listener however the update ends', async () => {
    const controller = new AbortController()
    const { signal } = controller
    await memory('1').json.update('k', add, { signal })
    await rejection(memory('1', throwing(new Error('x'))).json.update('k', add, { signal }))
    await memory('1').json.update('k', () => undefined, { signal })
    assert.equal(listeners(controller), 0)
  })

  it('may be another realm’s or a polyfill’s', async () => {
    const listening = new Set()
    const signal = {
      aborted: false,
      addEventListener: (_, listener) => listening.add(listener),
      removeEventListener: (_, listener) => listening.delete(listener),
    }
    await memory('1').json.update('k', add, { signal })
    assert.equal(listening.size, 0)
    const error = await rejection(memory('1').json.update('k', add, { signal: { ...signal, aborted: true } }))
    assert.equal(error.name, 'AbortError')
    const foreign = runInNewContext(
      '({ aborted: true, reason: "theirs", addEventListener() {}, removeEventListener() {} })',
    )
    assert.equal(
      await memory('1')
        .json.update('k', add, { signal: foreign })
        .catch((reason) => reason),
      'theirs',
    )
  })
})
