// The loop of update around an object that has the store's verbs and nothing else.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AmbiguousWriteError,
  ConcurrentWriteConflictError,
  createJsonWrapper,
  KeyExistsError,
  StaleDataError,
} from 's3-store-native'
import { rejection } from '../support/expect-error.mjs'
import { add, memory, noSuchKey, quick, throwing, verbs } from '../support/memory-store.mjs'

describe('update of a plain object', () => {
  it('calls three verbs, with the options of a write', async () => {
    const { json, calls } = memory('1')
    const { value, etag, rounds, changed } = await json.update('k', add)
    assert.deepEqual({ value, etag, rounds, changed }, { value: 2, etag: '"2"', rounds: 1, changed: true })
    await json.update('k', add, { metadata: { a: 'b' }, recovery: false, contentType: 'ignored' })
    const contentType = 'application/json'
    assert.deepEqual(calls, [
      ['getObject', 'k'],
      ['putObjectIfMatch', 'k', '2', '"1"', { contentType, metadata: undefined }],
      ['getObject', 'k'],
      ['putObjectIfMatch', 'k', '3', '"2"', { contentType, metadata: { a: 'b' }, recovery: false }],
    ])
  })

  it('writes with the options as they were when it was called', async () => {
    const { json, calls } = memory('1')
    const metadata = { owner: 'me' }
    const updating = json.update('k', add, { metadata })
    metadata.owner = 'you'
    await updating
    assert.deepEqual(calls[1].at(-1).metadata, { owner: 'me' })
  })

  it('needs no response of it', async () => {
    const store = {
      getObject: async () => ({ etag: '"1"', asJson: async () => 1 }),
      putObjectIfMatch: async () => ({ etag: '"2"' }),
    }
    const { etag, response, value } = await createJsonWrapper(store).update('k', add)
    assert.deepEqual([etag, response, value], ['"2"', undefined, 2])
  })

  it('never writes without a condition', async () => {
    const store = { getObject: async () => ({ asJson: async () => 1 }), putObjectIfMatch: () => assert.fail('written') }
    assert.ok((await rejection(createJsonWrapper(store).update('k', add))) instanceof TypeError)
  })

  const conflicts = {
    'a KeyExistsError': [undefined, new KeyExistsError('exists')],
    'a StaleDataError': ['1', new StaleDataError('stale')],
    'a ConcurrentWriteConflictError': ['1', new ConcurrentWriteConflictError('conflict')],
    'an error named StaleDataError': ['1', Object.assign(new Error('stale'), { name: 'StaleDataError' })],
    'an error with the code STALE_DATA': ['1', Object.assign(new Error('stale'), { code: 'STALE_DATA' })],
    'NoSuchKey from the put': ['1', noSuchKey()],
    'the SDK’s NoSuchKey from the put': ['1', Object.assign(new Error('no key'), { Code: 'NoSuchKey' })],
  }
  for (const [name, [text, conflict]] of Object.entries(conflicts)) {
    it(`goes on after ${name}`, async () => {
      const { json, calls, held } = memory(text, throwing(conflict))
      const { rounds } = await json.update('k', add, quick)
      assert.equal(rounds, 2)
      assert.equal(held.text, text === undefined ? '1' : '2')
      assert.equal(calls.length, 4)
    })

    it(`ends with ${name} when the rounds are used up`, async () => {
      const { json, calls } = memory(text, throwing(new StaleDataError('first')), throwing(conflict))
      assert.equal(await rejection(json.update('k', add, { ...quick, maxRounds: 2 })), conflict)
      assert.equal(calls.length, 4)
    })
  }

  const ends = {
    'any other error of the put': ['1', Object.assign(new Error('denied'), { name: 'AccessDenied' })],
    'an unsupported condition': ['1', Object.assign(new Error('no'), { code: 'UNSUPPORTED_OPERATION' })],
    'an ambiguous write': ['1', new AmbiguousWriteError('lost')],
    'an ambiguous write, by its code': ['1', Object.assign(new Error('lost'), { code: 'AMBIGUOUS_WRITE' })],
    'NoSuchKey from a create': [undefined, noSuchKey()],
  }
  for (const [name, [text, error]] of Object.entries(ends)) {
    it(`is ended by ${name}`, async () => {
      const { json, calls } = memory(text, throwing(error))
      let called = 0
      const fn = (count) => {
        called += 1
        return add(count)
      }
      assert.equal(await rejection(json.update('k', fn)), error)
      assert.deepEqual([called, calls.length], [1, 2])
    })
  }

  it('is ended by any error of the read but NoSuchKey, which ends it with create: false', async () => {
    const denied = Object.assign(new Error('denied'), { name: 'AccessDenied' })
    const store = { getObject: async () => Promise.reject(denied) }
    assert.equal(await rejection(createJsonWrapper(store).update('k', add)), denied)
    const { json, calls } = memory(undefined)
    assert.equal((await rejection(json.update('k', add, { create: false }))).name, 'NoSuchKey')
    assert.deepEqual(verbs(calls), ['getObject'])
  })

  it('is ended by what the function throws, a conflict too', async () => {
    for (const thrown of [new StaleDataError('from elsewhere'), noSuchKey(), undefined, 'text']) {
      const { json, calls } = memory('1')
      let caught = 'nothing'
      await json.update('k', async () => Promise.reject(thrown)).catch((error) => (caught = error))
      assert.equal(caught, thrown)
      assert.deepEqual(verbs(calls), ['getObject'])
    }
  })

  it('reads again when the object changed while its body was read', async () => {
    let gets = 0
    const store = {
      async getObject() {
        gets += 1
        if (gets === 1) return { etag: '"1"', asByteArray: async () => Promise.reject(new StaleDataError('changed')) }
        return { etag: '"2"', asByteArray: async () => Buffer.from('1') }
      },
      putObjectIfMatch: async (key, body, etag) => ({ etag: `${body} over ${etag}` }),
    }
    const { etag, rounds } = await createJsonWrapper(store).update('k', add, quick)
    assert.deepEqual([etag, rounds], ['2 over "2"', 2])
  })

  it('compares with the bytes that were read, and with the value where there are no bytes', async () => {
    const store = (read) => ({
      getObject: async () => ({ etag: '"1"', ...read }),
      putObjectIfMatch: async () => ({ etag: '"2"' }),
    })
    const same = (current) => current
    const changed = async (read) => (await createJsonWrapper(store(read)).update('k', same)).changed
    assert.equal(await changed({ asByteArray: async () => Buffer.from('{"a":1}') }), false)
    assert.equal(await changed({ asByteArray: async () => Buffer.from('{"a": 1}') }), true)
    assert.equal(await changed({ asJson: async () => ({ a: 1 }) }), false)
    assert.equal(await changed({ asJson: async () => ({ a: [] }), asByteArray: async () => 'no bytes' }), false)
  })

  it('refuses a value that JSON can not hold, before anything is written', async () => {
    const { json, calls } = memory('1')
    for (const value of [() => {}, Symbol('s'), 1n]) {
      assert.ok((await rejection(json.update('k', () => value))) instanceof TypeError)
    }
    assert.deepEqual(new Set(verbs(calls)), new Set(['getObject']))
  })
})

describe('the rounds of update', () => {
  const stale = async () => throwing(new StaleDataError('stale'))()

  /** The longest waits that an update with nothing but conflicts can draw, where each round takes no time. */
  async function waitsOf(t, options) {
    const waits = []
    t.mock.method(Math, 'random', () => 1)
    t.mock.method(performance, 'now', () => 0)
    t.mock.method(globalThis, 'setTimeout', (wake, milliseconds) => {
      waits.push(milliseconds)
      wake()
    })
    const { json, calls } = memory('1')
    json.store.putObjectIfMatch = stale
    await rejection(json.update('k', add, options))
    t.mock.restoreAll()
    assert.equal(waits.length, calls.length - 1, 'no wait after the last')
    return waits
  }

  it('are 50 when nothing is said', async (t) => {
    assert.equal((await waitsOf(t)).length, 49)
  })

  it('are further and further apart, up to a second', async (t) => {
    assert.deepEqual((await waitsOf(t)).slice(0, 9), [10, 20, 40, 80, 160, 320, 640, 1000, 1000])
  })

  it('are not further apart than maxBackoff', async (t) => {
    assert.deepEqual(await waitsOf(t, { maxRounds: 5, maxBackoff: 35 }), [10, 20, 35, 35])
    assert.deepEqual(await waitsOf(t, { maxRounds: 3, maxBackoff: 0 }), [0, 0])
  })
})
