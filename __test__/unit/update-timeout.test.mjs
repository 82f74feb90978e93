// An update whose time is up ends as one whose signal has aborted.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import createS3Store, { createJsonWrapper, StaleDataError } from 's3-store-native'
import { rejection } from '../support/expect-error.mjs'
import { add, memory, throwing } from '../support/memory-store.mjs'
import { within } from '../support/wait.mjs'

const never = () => new Promise(() => {})

function assertTimedOut(error, bucket) {
  const { name, code, operation, key } = error
  assert.deepEqual(
    { name, code, operation, bucket: error.bucket, key },
    { name: 'TimeoutError', code: 'ETIMEDOUT', operation: 'update', bucket, key: 'k' },
  )
  assert.match(error.message, /20 ms.*key "k"/)
  assert.match(error.stack, /__test__/)
}

describe('the time limit of update', () => {
  it('ends the wait for a read, for the function and between rounds', async () => {
    const waits = {
      read: [{ ...memory('1').store, getObject: never }, add],
      function: [memory('1').store, never],
      rounds: [{ ...memory('1').store, putObjectIfMatch: async () => throwing(new StaleDataError('stale'))() }, add],
    }
    for (const [name, [store, fn]] of Object.entries(waits)) {
      const { signal } = new AbortController()
      const updating = createJsonWrapper(store).update('k', fn, { timeout: 20, signal, maxRounds: 2 ** 30 })
      assertTimedOut(await within(rejection(updating), `the end of the wait: ${name}`), 'memory')
      assert.equal(getEventListeners(signal, 'abort').length, 0)
    }
  })

  it('is for the whole update of the store itself, too', async () => {
    const sent = []
    const send = (command, options) => {
      sent.push([command.constructor.name, options?.abortSignal.aborted])
      return never()
    }
    const store = createS3Store('b', { client: { send } })
    assertTimedOut(await rejection(store.update('k', () => 'x', { timeout: 20 })), 'b')
    assert.deepEqual(sent, [['GetObjectCommand', false]])
  })

  it('does not cut a write that is under way', async () => {
    const { store, held } = memory('1')
    const { putObjectIfMatch } = store
    const options = []
    const slow = async (...args) => {
      options.push(args[3])
      await new Promise((resolve) => setTimeout(resolve, 60))
      return await putObjectIfMatch(...args)
    }
    const json = createJsonWrapper({ ...store, putObjectIfMatch: slow })
    const { changed } = await json.update('k', add, { timeout: 20, signal: new AbortController().signal })
    assert.deepEqual([changed, held.text], [true, '2'])
    assert.deepEqual(Object.keys(options[0]), ['contentType', 'metadata'], 'the write knows of no end')
  })

  it('that is not reached changes nothing, and keeps no process', async () => {
    const { json, calls } = memory('1')
    assert.equal((await json.update('k', add, { timeout: 2 ** 31 - 1 })).value, 2)
    assert.equal(calls.length, 2)
  })

  it('goes with the signal: whichever is first', async () => {
    const controller = new AbortController()
    const updating = memory('1').json.update('k', never, { timeout: 60_000, signal: controller.signal })
    controller.abort('first')
    assert.equal(await updating.catch((reason) => reason), 'first')
  })

  it('and the signal end the reading itself', async () => {
    const seen = []
    const getObject = (key, options) => {
      seen.push(key, options)
      return never()
    }
    const controller = new AbortController()
    const store = { ...memory('1').store, getObject }
    const updating = createJsonWrapper(store).update('k', add, { signal: controller.signal })
    controller.abort('enough')
    assert.equal(await updating.catch((reason) => reason), 'enough')
    assert.deepEqual(seen, ['k', { signal: controller.signal }])
    seen.length = 0
    const late = createJsonWrapper(store).update('k', add, { timeout: 20 })
    await rejection(late)
    assert.ok(seen[1].signal.aborted)
  })
})
