// What can be seen of a store from outside: calls, attempts, counts, and what is printed.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import {
  deleted,
  deletedObjects,
  failed,
  object,
  page,
  reply,
  reset,
  silent,
  stalled,
  tags,
  written,
} from '../support/answers.mjs'
import { keysOf } from '../support/collect.mjs'
import { assertKeepsSecret, rejection } from '../support/expect-error.mjs'
import { inFolder } from '../support/folder.mjs'
import { waitFor } from '../support/wait.mjs'
import { attemptChannel, attempts, callChannel, calls } from '../support/watch.mjs'

const etag = '"0123456789abcdef0123456789abcdef"'
const whole = ['start', 'end', 'asyncStart', 'asyncEnd']
const inError = ['start', 'end', 'error', 'asyncStart', 'asyncEnd']
const rejected = (make) => () => rejection(make())

/** Each operation with its call, the answer to that, what is said of the outcome, and S3's name of the request. */
const operations = {
  createObject: [(store) => store.createObject('key', 'größe'), written(), { bytes: 7 }, 'PutObject'],
  putObjectIfMatch: [
    (store) => store.putObjectIfMatch('key', new Uint16Array(4), etag),
    written(),
    { bytes: 8 },
    'PutObject',
  ],
  getObject: [(store) => store.getObject('key'), object('bytes'), { bytes: 5 }, 'GetObject'],
  getObjectIfMatch: [
    (store) => store.getObjectIfMatch('key', etag),
    object('x'.repeat(300_000), { etag }),
    { bytes: 300_000 },
    'GetObject',
  ],
  headObject: [(store) => store.headObject('key'), object('bytes'), {}, 'HeadObject'],
  deleteObject: [(store) => store.deleteObject('key'), deleted(), {}, 'DeleteObject'],
  deleteObjectIfMatch: [(store) => store.deleteObjectIfMatch('key', etag), deleted(), {}, 'DeleteObject'],
  list: [(store) => keysOf(store.list('pre')), page(['pre']), {}, 'ListObjectsV2'],
}
/** With a file of seven bytes. */
const withFile = (run) =>
  inFolder(async (folder) => (await writeFile(join(folder, 'file'), 'größe'), run(join(folder, 'file'))))
const copied = (request, response) => {
  const body = request.method === 'HEAD' ? '' : '<CopyObjectResult><ETag>"copied"</ETag></CopyObjectResult>'
  return reply(200, body, { etag })(request, response)
}
/** Each other operation, with all of S3's names of its requests. */
const others = {
  exists: [(store) => store.exists('key'), object('bytes'), {}, ['HeadObject']],
  getTags: [(store) => store.getTags('key'), tags({}), {}, ['GetObjectTagging']],
  putTags: [(store) => store.putTags('key', {}), reply(200, ''), {}, ['PutObjectTagging']],
  deleteObjects: [(store) => store.deleteObjects(['key']), deletedObjects(['key']), {}, ['DeleteObjects']],
  listVersions: [
    (store) => keysOf(store.listVersions('pre')),
    reply(200, '<ListVersionsResult/>'),
    {},
    ['ListObjectVersions'],
  ],
}
/** Those that only the native engine has. */
const nativeOnly = {
  createObjectFromFile: [
    (store) => withFile((file) => store.createObjectFromFile('key', file)),
    written(),
    { bytes: 7 },
    ['PutObject'],
  ],
  putObjectFromFileIfMatch: [
    (store) => withFile((file) => store.putObjectFromFileIfMatch('key', file, etag)),
    written(),
    { bytes: 7 },
    ['PutObject'],
  ],
  getObjectToFile: [
    (store) => withFile((file) => store.getObjectToFile('key', file)),
    object('bytes'),
    { bytes: 5 },
    ['GetObject'],
  ],
  copyObject: [
    (store) => store.copyObject('from', 'key', { ifNoneMatch: '*' }),
    copied,
    {},
    ['HeadObject', 'CopyObject'],
  ],
  restoreVersion: [(store) => store.restoreVersion('key', 'v', null), copied, {}, ['HeadObject', 'CopyObject']],
  resolveWrite: [(store) => store.resolveWrite('key', 'a'.repeat(32)), reply(200, '', { etag }), {}, ['HeadObject']],
  presign: [(store) => store.presign('GET', 'key'), silent, {}, []],
}
const withPrefix = new Set(['list', 'listVersions'])
const keyless = new Set(['deleteObjects', 'probe'])
const placeOf = (operation) => {
  if (withPrefix.has(operation)) return { prefix: 'pre' }
  return keyless.has(operation) ? {} : { key: 'key' }
}

/** On a scripted server. */
export function seeing({ test, engine }) {
  for (const [operation, [call, answer, outcome, request]] of Object.entries(operations)) {
    const began = (bucket) => ({ operation, bucket, ...placeOf(operation), engine: engine.engine })

    test(`${operation} is told from its start to its end, in one context`, async ({ server, store, bucket }) => {
      server.answer(failed(503, 'SlowDown'), answer)
      const told = await calls([operation], () => call(store))
      assert.deepEqual(
        told.map(({ moment }) => moment),
        whole,
      )
      assert.ok(told.every(({ context }) => context === told[0].context))
      assert.deepEqual(told[0].seen, began(bucket))
      const ended = { ...began(bucket), ...outcome, attempts: 2 }
      for (const { seen } of told.slice(2)) assert.deepEqual(seen, ended)
    })

    test(`${operation} that fails is told with the error it rejects with`, async ({ server, store, bucket }) => {
      server.answer(failed(403, 'AccessDenied'))
      let error
      const told = await calls([operation], async () => (error = await rejection(call(store))))
      assert.deepEqual(
        told.map(({ moment }) => moment),
        inError,
      )
      assert.equal(told[2].seen.error, error)
      assert.deepEqual(told[4].seen, { ...began(bucket), error, attempts: 1 })
      // A client's error has the stack that the client gives it.
      if (engine.engine === 'native') assert.match(error.stack, /__test__/, 'the stack has the caller in it')
    })

    test(`${operation}: its attempts are told`, async ({ server, store, bucket }) => {
      server.answer(failed(503, 'SlowDown'), answer)
      const told = await attempts(() => call(store))
      for (const { duration } of told) assert.ok(duration >= 0)
      const status = operation.startsWith('delete') ? 204 : 200
      const common = { ...began(bucket), request }
      const each = [
        { ...common, attempt: 1, status: 503, code: operation === 'headObject' ? undefined : 'SlowDown' },
        { ...common, attempt: 2, status },
      ]
      // A client is asked once, and says at most how often it asked.
      const expected = engine.engine === 'client' ? each.slice(1) : each
      assert.deepEqual(
        told.map((message) => ({ code: undefined, ...message, duration: 0 })),
        expected.map((message) => ({ code: undefined, ...message, duration: 0 })),
      )
    })
  }

  for (const [operation, [call, answer, outcome, requests]] of Object.entries({
    ...others,
    ...(engine.engine === 'native' && nativeOnly),
  })) {
    test(`${operation} is told, and so are its requests`, async ({ server, store, bucket }) => {
      server.answer(answer)
      let told
      const sent = await attempts(async () => {
        told = await calls([operation], () => call(store))
      })
      assert.deepEqual(
        told.map(({ moment }) => moment),
        whole,
      )
      const began = { operation, bucket, ...placeOf(operation), engine: engine.engine }
      assert.deepEqual(told[0].seen, began)
      const { attempts: made, ...ended } = told.at(-1).seen
      assert.deepEqual(ended, { ...began, ...outcome })
      // Those of the last request, if there was one.
      assert.equal(made, requests.length > 0 ? 1 : undefined)
      assert.deepEqual(
        sent.map((message) => [message.operation, message.request, message.attempt]),
        requests.map((request) => [operation, request, 1]),
      )
    })
  }

  test('every operation is told', async ({ server, store }) => {
    const declared = /type Operation =([^=]*?)\n\n/.exec(readFileSync('index.d.cts', 'utf8'))[1]
    const names = [...declared.matchAll(/'(\w+)'/g)].map(([, name]) => name)
    const tested = [operations, others, nativeOnly].flatMap((table) => Object.keys(table))
    assert.deepEqual(names.toSorted(), [...tested, 'probe', 'update'].toSorted())
    server.answer(failed(403, 'AccessDenied'))
    let error
    const told = await calls(['probe'], async () => (error = await rejection(store.probe())))
    assert.deepEqual(
      told.map(({ moment, seen }) => [moment, seen.error]),
      inError.map((moment, at) => [moment, at < 2 ? undefined : error]),
    )
  })

  test('of a stream, all bytes are told that were written', async ({ server, store }) => {
    server.answer(failed(503, 'SlowDown'), written())
    const told = await calls(['createObject'], () => store.createObject('key', Readable.from(['grö', 'ße'])))
    assert.equal(told.at(-1).seen.bytes, 7)
  })

  test('a conflict says how many attempts it took', async ({ server, store }) => {
    server.answer(failed(412, 'PreconditionFailed'))
    const told = await calls(['putObjectIfMatch'], rejected(operations.putObjectIfMatch[0].bind(null, store)))
    assert.equal(told.at(-1).seen.error.name, 'StaleDataError')
    assert.equal(told.at(-1).seen.attempts, 1)
  })

  test('exists: what is absent is no error', async ({ server, store }) => {
    server.answer(failed(404, 'NoSuchKey'))
    const told = await calls(['exists'], async () => assert.equal(await store.exists('key'), false))
    assert.deepEqual(
      told.map(({ moment }) => moment),
      whole,
    )
  })

  test('bad input is no call', async ({ store }) => {
    const told = await calls(['getObject'], async () => void (await rejection(store.getObject(''))))
    assert.deepEqual(told, [])
  })

  test('an update contains its calls', async ({ server, store }) => {
    server.answer(object('1'), written())
    const told = await calls(['update', 'getObject', 'putObjectIfMatch'], () => store.update('key', () => '2'))
    const starts = told.filter(({ moment }) => moment === 'start').map(({ seen }) => seen.operation)
    assert.deepEqual(starts, ['update', 'getObject', 'putObjectIfMatch'])
    assert.equal(told.at(-1).seen.operation, 'update')
    assert.equal(told.at(-1).moment, 'asyncEnd')
  })

  test('one moment is enough to subscribe to', async ({ server, store }) => {
    server.answer(object('x'))
    for (const moment of ['start', 'end', 'asyncStart', 'asyncEnd']) {
      const told = []
      const handlers = { [moment]: (context) => told.push(context.operation) }
      callChannel('getObject').subscribe(handlers)
      await store.getObject('key')
      callChannel('getObject').unsubscribe(handlers)
      await store.getObject('key')
      assert.deepEqual(told, ['getObject'], moment)
    }
  })

  test('an attempt is told in the async context of its call', async ({ server, store }) => {
    server.answer(failed(503, 'SlowDown'), object('x'))
    const spans = new AsyncLocalStorage()
    const { start } = callChannel('getObject')
    const found = []
    const hear = () => found.push(spans.getStore())
    start.bindStore(spans, ({ key }) => `span of ${key}`)
    subscribe(attemptChannel, hear)
    await Promise.all(['a', 'b'].map((key) => store.getObject(key)))
    unsubscribe(attemptChannel, hear)
    start.unbindStore(spans)
    assert.deepEqual(new Set(found), new Set(['span of a', 'span of b']))
  })

  test('calls are counted', async ({ server, store }) => {
    server.answer(object('x'))
    assert.deepEqual([store.stats().calls, store.stats().inFlight], [0, 0])
    await store.getObject('key')
    server.answer(failed(403, 'AccessDenied'))
    await rejection(store.headObject('key'))
    server.answer(page(['a']))
    await keysOf(store.list())
    assert.deepEqual([store.stats().calls, store.stats().inFlight], [3, 0])
    server.answer(silent)
    const controller = new AbortController()
    const pending = rejection(store.getObject('key', { signal: controller.signal }))
    assert.deepEqual([store.stats().calls, store.stats().inFlight], [4, 1])
    controller.abort()
    await pending
    assert.deepEqual([store.stats().calls, store.stats().inFlight], [4, 0])
  })

  test('no secret is told, thrown or printed', async ({ server, store }) => {
    const key = Buffer.from('0123456789 a secret key 01234567')
    const secrets = [key.toString('base64'), key.toString(), key.toString('hex'), server.secretAccessKey]
    const told = []
    const keep = (error) => told.push(error)
    const messages = await attempts(async () => {
      for (const answer of [
        failed(403, 'AccessDenied'),
        failed(503, 'SlowDown'),
        reset,
        failed(400, 'InvalidRequest'),
      ]) {
        server.answer(answer)
        const contexts = await calls(Object.keys(operations), async () => {
          keep(await rejection(store.createObject('key', 'x', { sseCustomerKey: key })))
          keep(await rejection(store.putObjectIfMatch('key', 'x', etag, { sseCustomerKey: key })))
          keep(await rejection(store.getObject('key', { sseCustomerKey: key })))
          keep(await rejection(store.headObject('key', { sseCustomerKey: key })))
        })
        told.push(contexts.map(({ context }) => context))
      }
    })
    assert.ok(messages.length > 0)
    for (const secret of secrets) {
      assertKeepsSecret({ messages, store }, secret)
      // What else is in a client's error, where nobody looks by default, is the client's.
      for (const one of told) assert.ok(!inspect(one, { depth: 12 }).includes(secret))
      if (engine.engine === 'native') for (const one of told) assertKeepsSecret(one, secret)
    }
  })
}

/** What a native engine adds. */
export function nativeSeeing({ test }) {
  test('of a body in parts, all bytes are told that were written, whoever else hears of them', async (fields) => {
    const { server, store } = fields
    const begun = '<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>'
    const completed = '<CompleteMultipartUploadResult><ETag>"made"</ETag></CompleteMultipartUploadResult>'
    server.answer(({ method, query }, response) => {
      if (method === 'PUT') reply(200, '', { etag: '"part"' })(undefined, response)
      else reply(200, 'uploads' in query ? begun : completed)(undefined, response)
    })
    const partSize = 5 * 1024 * 1024
    const halves = [Buffer.alloc(partSize), Buffer.alloc(7)]
    const steps = []
    const onProgress = ({ loaded }) => steps.push(loaded)
    for (const options of [{ partSize }, { partSize, onProgress }]) {
      const told = await calls(['createObject'], () => store.createObject('key', Readable.from(halves), options))
      assert.equal(told.at(-1).seen.bytes, partSize + 7)
    }
    assert.equal(steps.at(-1), partSize + 7)
  })

  test('attempts that got no answer are told with their code', async ({ server, openStore }) => {
    server.answer(reset)
    const told = await attempts(() => rejection(openStore({ maxAttempts: 2 }).getObject('key')))
    assert.deepEqual(
      told.map(({ attempt, status, code }) => [attempt, status, code]),
      [
        [1, undefined, 'ECONNRESET'],
        [2, undefined, 'ECONNRESET'],
      ],
    )
    server.answer(silent)
    const [late] = await attempts(() => rejection(openStore({ requestTimeout: 50, maxAttempts: 1 }).getObject('key')))
    assert.equal(late.code, 'ETIMEDOUT')
    const [ended] = await attempts(() => rejection(openStore().getObject('key', { timeout: 50 })))
    assert.equal(ended.code, 'ETIMEDOUT')
  })

  test('a look at what became of a write is told as what it is', async ({ server, store }) => {
    server.answer(failed(412, 'PreconditionFailed'), object('another', { etag: '"another"' }))
    const told = await attempts(() => rejection(store.putObjectIfMatch('key', 'x', etag)))
    assert.deepEqual(
      told.map(({ operation, request, status }) => [operation, request, status]),
      [
        ['putObjectIfMatch', 'PutObject', 412],
        ['putObjectIfMatch', 'HeadObject', 200],
      ],
    )
  })

  test('attempts, retries and bytes are counted', async ({ server, store }) => {
    server.answer(failed(503, 'SlowDown'), reset, written())
    await store.createObject('key', Buffer.alloc(1000))
    server.answer(object('x'.repeat(300_000)))
    await (await store.getObject('key')).asByteArray()
    server.answer(object('x'.repeat(50)))
    await store.getObject('key')
    assert.deepEqual(store.stats(), {
      calls: 3,
      inFlight: 0,
      attempts: 5,
      retries: 2,
      // The one that was reset had no answer.
      bytesSent: 2_000,
      bytesReceived: 300_050,
      connections: { max: 128, inUse: 0, waiting: 0 },
    })
  })

  test('connections in use and calls that wait are counted', async ({ server, openStore }) => {
    const store = openStore({ maxConnections: 2 })
    server.answer(stalled(Buffer.alloc(1024 * 1024), 1024))
    const held = await store.getObject('key')
    server.answer(silent)
    const controller = new AbortController()
    const { signal } = controller
    const pending = [1, 2, 3].map(() => rejection(store.getObject('key', { signal })))
    const reading = rejection(held.asByteArray())
    await waitFor(() => store.stats().connections.waiting === 2, 'two calls to wait')
    assert.deepEqual(store.stats().connections, { max: 2, inUse: 2, waiting: 2 })
    controller.abort()
    await held.cancel()
    await Promise.all([...pending, reading])
    await waitFor(() => store.stats().connections.inUse === 0, 'the connections to be given back')
    assert.deepEqual(store.stats().connections, { max: 2, inUse: 0, waiting: 0 })
  })

  test('a response prints short', async ({ server, store }) => {
    server.answer(object('x'.repeat(300_000)))
    const { response } = await store.getObject('key')
    assert.match(inspect(response), /Body: BodyStream \{ readable: true, destroyed: false \}/)
    assert.ok(inspect(response).split('\n').length < 30, inspect(response))
    const stream = await (await store.getObject('key')).asNodeStream()
    assert.equal(inspect(stream), 'PieceStream { readable: true, destroyed: false }')
  })
}

/** Through a client. */
export function clientSeeing({ test }) {
  test('only what is known is counted', async ({ server, store }) => {
    server.answer(object('x'))
    await store.getObject('key')
    assert.deepEqual(store.stats(), { calls: 1, inFlight: 0 })
  })
}

/** On a real server. */
export function seenOnServers({ test }) {
  test('calls and attempts are told as they are', async ({ store, bucket, engine }) => {
    let told
    const messages = await attempts(async () => {
      told = await calls(['createObject', 'getObject', 'list', 'deleteObject'], async () => {
        await store.createObject('seen', 'bytes')
        await (await store.getObject('seen')).asString()
        await keysOf(store.list())
        await store.deleteObject('seen')
      })
    })
    const common = { bucket: bucket.name, engine: engine.engine, attempts: 1 }
    assert.deepEqual(
      told.filter(({ moment }) => moment === 'asyncEnd').map(({ seen }) => seen),
      [
        { operation: 'createObject', key: 'seen', ...common, bytes: 5 },
        { operation: 'getObject', key: 'seen', ...common, bytes: 5 },
        { operation: 'list', ...common },
        { operation: 'deleteObject', key: 'seen', ...common },
      ],
    )
    assert.deepEqual(
      messages.map(({ request, attempt }) => [request, attempt]),
      [
        ['PutObject', 1],
        ['GetObject', 1],
        ['ListObjectsV2', 1],
        ['DeleteObject', 1],
      ],
    )
    for (const { status } of messages) assert.ok(status === 200 || status === 204)
  })
}
