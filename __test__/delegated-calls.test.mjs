// What a client that is any object with a `send` function gets to see, and what becomes of its answers.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Readable } from 'node:stream'
import createS3Store, { createJsonWrapper } from 's3-store-native'
import { pagesOf } from './support/collect.mjs'
import { rejection, rejectsAs } from './support/expect-error.mjs'

/** A client that answers with what it is given, one after the other, and remembers what it was asked. */
function mockClient(...answers) {
  const commands = []
  return {
    commands,
    send: async (...args) => {
      commands.push({ name: args[0].constructor.name, input: args[0].input, args: args.length })
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      if (answer instanceof Error) throw answer
      return answer
    },
  }
}

const storeOf = (client) => createS3Store('mock-bucket', { client })
const sent = ({ commands }) => commands.map(({ name, input }) => [name, definedFields(input)])
const definedFields = (input) => Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))

const body = () => {
  const stream = Readable.from(['{"a":1}'])
  return Object.assign(stream, {
    transformToString: async () => '{"a":1}',
    transformToByteArray: async () => new Uint8Array(Buffer.from('{"a":1}')),
    transformToWebStream: () => new Blob(['{"a":1}']).stream(),
  })
}

describe('a plain object with send', () => {
  it('is the engine of its store, and the store says so', () => {
    const store = storeOf(mockClient({}))
    assert.equal(store.engine, 'client')
    assert.equal(store.bucket, 'mock-bucket')
  })

  it('gets the mirrored package’s commands, with its fields only', async () => {
    const client = mockClient({ ETag: '"e"', Body: body() })
    const store = storeOf(client)
    const bytes = Buffer.from('bytes')
    await store.createObject('key', 'text')
    await store.createObject('key', bytes, { contentType: 'text/plain', metadata: { a: 'b' } })
    await store.createObject('key', '', 'application/gzip')
    await store.putObjectIfMatch('key', bytes, '"old"', { metadata: { a: 'b' } })
    await store.getObject('key')
    await store.getObjectIfMatch('key', '"old"')
    await store.getObjectIfMatch('key', undefined)
    await store.deleteObject('key', '"ignored"')
    await store.deleteObjectIfMatch('key', '"old"')
    const at = { Bucket: 'mock-bucket', Key: 'key' }
    const json = { ContentType: 'application/json' }
    assert.deepEqual(sent(client), [
      ['PutObjectCommand', { ...at, Body: 'text', ...json, IfNoneMatch: '*' }],
      ['PutObjectCommand', { ...at, Body: bytes, ContentType: 'text/plain', Metadata: { a: 'b' }, IfNoneMatch: '*' }],
      ['PutObjectCommand', { ...at, Body: '', ContentType: 'application/gzip', IfNoneMatch: '*' }],
      ['PutObjectCommand', { ...at, Body: bytes, ...json, Metadata: { a: 'b' }, IfMatch: '"old"' }],
      ['GetObjectCommand', at],
      ['GetObjectCommand', { ...at, IfMatch: '"old"' }],
      ['GetObjectCommand', at],
      ['DeleteObjectCommand', at],
      ['DeleteObjectCommand', { ...at, IfMatch: '"old"' }],
    ])
    assert.equal(client.commands[1].input.Body, bytes, 'the body as it was given')
    const allowed = ['Bucket', 'Key', 'Body', 'ContentType', 'Metadata', 'IfNoneMatch', 'IfMatch']
    for (const { input, args } of client.commands) {
      assert.deepEqual(
        Object.keys(input).filter((name) => !allowed.includes(name)),
        [],
      )
      assert.equal(args, 1, 'send gets the command alone')
    }
  })

  it('is asked for a listing page by page, with the mirrored package’s fields', async () => {
    const client = mockClient(
      { KeyCount: 1, Contents: [{ Key: 'a' }], IsTruncated: true, NextContinuationToken: 'one' },
      { KeyCount: 0, IsTruncated: true, NextContinuationToken: 'two' },
      { KeyCount: 2, Contents: [{ Key: 'b' }, { Key: 'c' }], IsTruncated: false },
    )
    assert.deepEqual(await pagesOf(storeOf(client).list('p/')), [[{ Key: 'a' }], [{ Key: 'b' }, { Key: 'c' }]])
    const page = { Bucket: 'mock-bucket', Prefix: 'p/' }
    assert.deepEqual(sent(client), [
      ['ListObjectsV2Command', page],
      ['ListObjectsV2Command', { ...page, ContinuationToken: 'one' }],
      ['ListObjectsV2Command', { ...page, ContinuationToken: 'two' }],
    ])
    for (const { input } of client.commands) {
      assert.deepEqual(
        Object.keys(input).filter((name) => !['Bucket', 'Prefix', 'ContinuationToken'].includes(name)),
        [],
      )
    }
  })

  it('may leave KeyCount out', async () => {
    assert.deepEqual(await pagesOf(storeOf(mockClient({ Contents: [{ Key: 'a' }] })).list()), [[{ Key: 'a' }]])
    assert.deepEqual(await pagesOf(storeOf(mockClient({})).list()), [])
  })

  it('gives the response: the very object', async () => {
    const response = { ETag: '"e"', Body: body(), $metadata: {}, Anything: 1 }
    const store = storeOf(mockClient(response))
    for (const call of [
      store.createObject('k', 'x'),
      store.putObjectIfMatch('k', 'x', '"e"'),
      store.getObject('k'),
      store.getObjectIfMatch('k', '"e"'),
      store.deleteObject('k'),
      store.deleteObjectIfMatch('k', '"e"'),
    ]) {
      assert.equal((await call).response, response)
    }
    const got = await store.getObject('k')
    assert.equal(got.etag, '"e"')
    assert.equal(await got.asString(), '{"a":1}')
    assert.deepEqual(Buffer.from(await got.asByteArray()), Buffer.from('{"a":1}'))
    assert.deepEqual(await got.asJson(), { a: 1 })
    assert.ok((await got.asWebStream()) instanceof ReadableStream)
  })

  it('sees its own options, not copies: what it makes of a body is up to it', async () => {
    const client = mockClient({ ETag: '"e"' })
    const blob = new Blob(['x'])
    const view = new DataView(new ArrayBuffer(2))
    await storeOf(client).createObject('k', blob)
    await storeOf(client).createObject('k', view)
    assert.equal(client.commands[0].input.Body, blob)
    assert.equal(client.commands[1].input.Body, view)
  })

  it('is never asked twice', async () => {
    for (const code of ['InternalError', 'SlowDown', 'ConditionalRequestConflict', 'RequestTimeout']) {
      const client = mockClient(
        Object.assign(new Error('x'), { name: code, Code: code, $metadata: { httpStatusCode: 500 } }),
      )
      await rejection(storeOf(client).createObject('k', 'x'))
      assert.equal(client.commands.length, 1, code)
    }
  })

  it('may take any bucket but an empty one', async () => {
    for (const bucket of ['with/slash', 'with space', 'b'.repeat(300)]) {
      const client = mockClient({ ETag: '"e"' })
      await createS3Store(bucket, { client })
        .getObject('k')
        .catch(() => {})
      assert.equal(client.commands[0].input.Bucket, bucket)
    }
    assert.throws(() => createS3Store('', { client: mockClient({}) }), { code: 'ERR_INVALID_ARG_VALUE' })
  })

  it('serves a JSON wrapper', async () => {
    const client = mockClient({ ETag: '"e"' }, { ETag: '"f"', Body: body() })
    const json = createJsonWrapper(storeOf(client))
    assert.equal(await json.createObject('k', { a: 1 }), '"e"')
    assert.deepEqual(await json.getObject('k'), [{ a: 1 }, '"f"'])
    assert.equal(client.commands[0].input.Body, '{"a":1}')
  })
})

describe('the errors of a plain object with send', () => {
  const calls = {
    createObject: (store) => store.createObject('key', 'x'),
    putObjectIfMatch: (store) => store.putObjectIfMatch('key', 'x', '"e"'),
    getObjectIfMatch: (store) => store.getObjectIfMatch('key', '"e"'),
    deleteObjectIfMatch: (store) => store.deleteObjectIfMatch('key', '"e"'),
  }
  const mapped = [
    ['PreconditionFailed', { createObject: 'KeyExistsError' }, 'StaleDataError'],
    ['ConditionalRequestConflict', {}, 'ConcurrentWriteConflictError'],
    ['NotImplemented', {}, 'UnsupportedBucketOperationError'],
  ]
  for (const [code, byOperation, otherwise] of mapped) {
    for (const [operation, call] of Object.entries(calls)) {
      it(`${code} by Code, or by name, of ${operation} is mapped`, async () => {
        const name = byOperation[operation] ?? otherwise
        for (const fields of [{ Code: code }, { name: code }, { Code: code, name: 'Error' }]) {
          const original = Object.assign(new Error('theirs'), fields)
          const error = await rejection(call(storeOf(mockClient(original))))
          assert.equal(error.name, name)
          assert.equal(error.originalError, original)
          assert.equal(error.cause, original)
          assert.deepEqual([error.operation, error.bucket, error.key], [operation, 'mock-bucket', 'key'])
        }
      })
    }
  }

  it('Code comes before name', async () => {
    const original = Object.assign(new Error('x'), { name: 'PreconditionFailed', Code: 'AccessDenied' })
    assert.equal(await rejection(storeOf(mockClient(original)).createObject('k', 'x')), original)
  })

  it('NotImplemented of a delete is known by code too', async () => {
    const original = Object.assign(new Error('x'), { code: 'NotImplemented', Header: 'If-Match' })
    const error = await rejection(storeOf(mockClient(original)).deleteObjectIfMatch('k', '"e"'))
    assert.equal(error.name, 'UnsupportedBucketOperationError')
    assert.equal(error.originalError, original)
  })

  it('NotImplemented of another header than the condition is no matter of conditions', async () => {
    const original = Object.assign(new Error('x'), { Code: 'NotImplemented', Header: 'Transfer-Encoding' })
    for (const call of Object.values(calls))
      assert.equal(await rejection(call(storeOf(mockClient(original)))), original)
  })

  it('anything else is the same object again, whatever it is', async () => {
    const throwing = (thrown) => storeOf({ send: () => Promise.reject(thrown) })
    for (const thrown of [
      new Error('boom'),
      Object.assign(new Error('x'), { Code: 'NoSuchKey' }),
      'text',
      undefined,
      null,
      42,
    ]) {
      for (const call of [
        ...Object.values(calls),
        (store) => store.getObject('k'),
        (store) => store.deleteObject('k'),
      ]) {
        let caught = 'nothing'
        await call(throwing(thrown)).catch((error) => (caught = error))
        assert.equal(caught, thrown)
      }
    }
  })

  it('a send that throws at once rejects', async () => {
    const boom = new Error('boom')
    const store = storeOf({
      send() {
        throw boom
      },
    })
    assert.equal(await rejection(store.getObject('k')), boom)
    assert.equal(await rejection(store.list()[Symbol.asyncIterator]().next()), boom)
  })

  it('without a condition nothing is mapped', async () => {
    const original = Object.assign(new Error('x'), { Code: 'PreconditionFailed' })
    const store = storeOf(mockClient(original))
    for (const promise of [
      store.getObject('k'),
      store.deleteObject('k'),
      store.list()[Symbol.asyncIterator]().next(),
    ]) {
      assert.equal(await rejection(promise), original)
    }
  })

  it('has the fields of the SDK’s errors', async () => {
    const original = Object.assign(new Error('theirs'), {
      name: 'PreconditionFailed',
      Code: 'PreconditionFailed',
      $fault: 'client',
      $metadata: { httpStatusCode: 412, attempts: 1 },
    })
    await rejectsAs(storeOf(mockClient(original)).putObjectIfMatch('key', 'x', '"e"'), {
      kind: 'StaleData',
      message: 'object was modified concurrently, reload your object first',
      operation: 'putObjectIfMatch',
      bucket: 'mock-bucket',
      key: 'key',
      service: { code: 'PreconditionFailed', status: 412 },
    })
  })
})
