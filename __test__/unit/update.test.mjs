// The loop of update around an object that has the store's verbs and nothing else.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { runInNewContext } from 'node:vm'
import createS3Store, {
  AmbiguousWriteError,
  ConcurrentWriteConflictError,
  createJsonWrapper,
  KeyExistsError,
  StaleDataError,
} from 's3-store-native'
import { assertArgumentError, rejection } from '../support/expect-error.mjs'

const noSuchKey = () => Object.assign(new Error('The specified key does not exist.'), { name: 'NoSuchKey' })

/** An object in memory with three verbs, in front of which a test puts what is to happen at a write. */
function memory(text, ...troubles) {
  const calls = []
  const held = { text, version: 1, writeId: undefined }
  const written = () => {
    held.version += 1
    return { etag: `"${held.version}"`, response: { writeId: held.writeId } }
  }
  const write = (body, writeId) => {
    const trouble = troubles.shift()
    if (trouble) trouble(held, body)
    Object.assign(held, { text: body, writeId })
    return written()
  }
  const store = {
    bucket: 'memory',
    async getObject(key) {
      calls.push(['getObject', key])
      if (held.text === undefined) throw noSuchKey()
      const { text, version, writeId } = held
      return { etag: `"${version}"`, response: { writeId }, asJson: async () => JSON.parse(text) }
    },
    async createObject(key, body, options) {
      calls.push(['createObject', key, body, options])
      return write(body)
    },
    async putObjectIfMatch(key, body, etag, options) {
      calls.push(['putObjectIfMatch', key, body, etag, options])
      return write(body)
    },
  }
  return { json: createJsonWrapper(store), calls, held, store }
}

const throwing = (error) => () => {
  throw error
}
const verbs = (calls) => calls.map(([verb]) => verb)
const add = (count) => (count ?? 0) + 1
const quick = { maxBackoff: 1 }

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

describe('a write of update that landed after all', () => {
  const lands = (error, id) => (held, body) => {
    Object.assign(held, { text: body, version: held.version + 1, writeId: id })
    throw Object.assign(error, { writeId: id })
  }
  const overwritten = (error, id) => (held, body) => {
    Object.assign(held, { text: String(Number(body) + 10), version: held.version + 2, writeId: 'another' })
    throw Object.assign(error, { writeId: id })
  }

  it('is found by the read of the next round, and the function is not called again', async () => {
    for (const options of [{}, { idempotent: true }]) {
      const { json, calls } = memory('1', lands(new StaleDataError('stale'), 'mine'))
      let called = 0
      const fn = (count) => {
        called += 1
        return add(count)
      }
      const { value, etag, rounds, changed, response } = await json.update('k', fn, { ...quick, ...options })
      assert.deepEqual({ value, etag, rounds, changed }, { value: 2, etag: '"2"', rounds: 1, changed: true })
      assert.equal(response.writeId, 'mine')
      assert.deepEqual([called, verbs(calls)], [1, ['getObject', 'putObjectIfMatch', 'getObject']])
    }
  })

  it('is found after an ambiguous write with idempotent', async () => {
    const { json } = memory('1', lands(new AmbiguousWriteError('lost'), 'mine'))
    const { value, rounds } = await json.update('k', add, { ...quick, idempotent: true })
    assert.deepEqual([value, rounds], [2, 1])
  })

  it('leads to another round with idempotent when it is not there any more', async () => {
    const { json, held } = memory('1', overwritten(new AmbiguousWriteError('lost'), 'mine'))
    const { value, rounds } = await json.update('k', add, { ...quick, idempotent: true })
    assert.deepEqual([value, rounds, held.text], [13, 2, '13'])
  })

  it('stays ambiguous, whatever error comes after it', async () => {
    const lost = new AmbiguousWriteError('lost')
    const controller = new AbortController()
    const endings = {
      'the rounds are used up': [[throwing(new StaleDataError('stale'))], { maxRounds: 2 }],
      'another error': [[throwing(new Error('denied'))], {}],
      'an abort': [
        [
          (held) => {
            controller.abort()
            throwing(new StaleDataError(held.text))()
          },
        ],
        { signal: controller.signal },
      ],
    }
    for (const [name, [after, options]] of Object.entries(endings)) {
      const { json } = memory('1', throwing(lost), ...after)
      const error = await rejection(json.update('k', add, { ...quick, idempotent: true, ...options }))
      assert.equal(error, lost, name)
    }
  })

  it('is settled by a function that finds nothing left to do', async () => {
    const { json } = memory('1', overwritten(new AmbiguousWriteError('lost'), 'mine'))
    const fn = (count) => (count > 10 ? undefined : add(count))
    const { changed, value } = await json.update('k', fn, { ...quick, idempotent: true })
    assert.deepEqual([changed, value], [false, 12])
  })
})

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

describe('the arguments of update', () => {
  const refused = {
    'no function': [[undefined], 'fn'],
    'a value in place of the function': [[{ a: 1 }], 'fn'],
    'a string as options': [[add, 'text/plain'], 'options'],
    'null as options': [[add, null], 'options'],
    'an unknown option': [[add, { maxRetries: 3 }], 'maxRetries'],
    'a string as maxRounds': [[add, { maxRounds: '3' }], 'maxRounds'],
    'no rounds': [[add, { maxRounds: 0 }], 'maxRounds'],
    'half a round': [[add, { maxRounds: 1.5 }], 'maxRounds'],
    'a negative maxBackoff': [[add, { maxBackoff: -1 }], 'maxBackoff'],
    'an endless maxBackoff': [[add, { maxBackoff: Infinity }], 'maxBackoff'],
    'an object as signal': [[add, { signal: {} }], 'signal'],
    'a controller as signal': [[add, { signal: new AbortController() }], 'signal'],
    'a number as create': [[add, { create: 0 }], 'create'],
    'a string as idempotent': [[add, { idempotent: 'yes' }], 'idempotent'],
    'a string as recovery': [[add, { recovery: 'no' }], 'recovery'],
    'the name of the write id in the metadata': [
      [add, { metadata: { 'S3-Store-Write-Id': 'x' } }],
      'S3-Store-Write-Id',
    ],
    'metadata that is no object': [[add, { metadata: [] }], 'metadata'],
  }
  for (const [name, [args, argument]] of Object.entries(refused)) {
    it(`can't be ${name}`, async () => {
      const { json, calls } = memory('1')
      const sent = []
      const store = createS3Store('b', { client: { send: async (command) => sent.push(command) } })
      for (const target of [json, store]) {
        assertArgumentError(await rejection(target.update('k', ...args)), { name: argument })
      }
      assert.deepEqual([calls, sent], [[], []], 'nothing is asked')
    })
  }

  it('can have a content type for the store alone', async () => {
    const sent = []
    const client = {
      async send({ input }) {
        sent.push(input)
        if (input.Body === undefined) throw noSuchKey()
        return { ETag: '"1"' }
      },
    }
    const store = createS3Store('b', { client })
    await store.update('k', () => 'text', { contentType: 'text/plain' })
    assert.deepEqual([sent[1].ContentType, sent[1].IfNoneMatch], ['text/plain', '*'])
    assertArgumentError(await rejection(store.update('k', add, { contentType: 1 })), { name: 'contentType' })
    assertArgumentError(await rejection(store.update('', add)), { name: 'key' })
    assertArgumentError(await rejection(store.update('k', () => 42)), { name: 'body' })
  })
})
