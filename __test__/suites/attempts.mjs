// Attempts, and what never reached an answer.
import assert from 'node:assert/strict'
import {
  deleted,
  etagOf,
  failed,
  object,
  page,
  reply,
  reset,
  silent,
  stalled,
  truncated,
  written,
} from '../support/answers.mjs'
import { keysOf } from '../support/collect.mjs'
import {
  assertAmbiguous,
  assertKeepsSecret,
  assertServiceError,
  rejection,
  rejectsAsService,
} from '../support/expect-error.mjs'
import { within } from '../support/wait.mjs'

const etag = '"0123456789abcdef0123456789abcdef"'
const KiB = 1024

/** Each conditional write with the answer that it hopes for. */
const conditionalWrites = {
  createObject: [(store) => store.createObject('key', 'x'), written()],
  putObjectIfMatch: [(store) => store.putObjectIfMatch('key', 'x', etag), written()],
  deleteObjectIfMatch: [(store) => store.deleteObjectIfMatch('key', etag), deleted()],
}

/** Each other call, the same. */
const others = {
  getObject: [async (store) => (await store.getObject('key')).asString(), object('x')],
  getObjectIfMatch: [async (store) => (await store.getObjectIfMatch('key', etag)).asString(), object('x', { etag })],
  deleteObject: [(store) => store.deleteObject('key'), deleted()],
  list: [(store) => keysOf(store.list()), page(['a'])],
}

const calls = { ...conditionalWrites, ...others }

const passing = {
  'a 500': failed(500, 'InternalError'),
  'a 503 SlowDown': failed(503, 'SlowDown'),
  'a 503 ServiceUnavailable': failed(503, 'ServiceUnavailable'),
  'a 502 of a proxy': reply(502, '<html><body>Bad gateway</body></html>', { 'content-type': 'text/html' }),
  'a reset': reset,
}

/** What every engine does, the JavaScript SDK included. */
export function attempts({ test }) {
  for (const [trouble, answer] of Object.entries(passing)) {
    test(`${trouble} that passes is not noticed`, async ({ store, server }) => {
      for (const [operation, [call, good]] of Object.entries(calls)) {
        server.answer(answer, good)
        await call(store)
        assert.equal(server.requests.length, 2, operation)
      }
      server.answer(answer, written())
      const { response } = await store.createObject('key', 'x')
      assert.equal(response.$metadata.attempts, 2)
    })
  }

  test('a repeated write carries the same condition and the same bytes', async ({ store, server }) => {
    server.answer(failed(500, 'InternalError'), written())
    await store.putObjectIfMatch('key', Buffer.alloc(700 * KiB, 'x'), etag, { metadata: { a: 'b' } })
    const [first, second] = server.requests
    assert.equal(first.headers['if-match'], etag)
    assert.equal(second.headers['if-match'], etag)
    assert.equal(second.headers['x-amz-meta-a'], 'b')
    assert.ok(first.body.equals(second.body))
  })

  test('trouble that stays is S3’s error, with the number of attempts', async ({ openStore, server }) => {
    for (const maxAttempts of [1, 2, 3]) {
      const store = openStore({ maxAttempts })
      for (const [operation, [call]] of Object.entries(others)) {
        server.answer(failed(500, 'InternalError'))
        const error = await rejectsAsService(call(store), { code: 'InternalError', status: 500, fault: 'server' })
        assert.equal(error.$metadata.attempts, maxAttempts, operation)
        assert.equal(server.requests.length, maxAttempts, operation)
      }
    }
  })

  test('what will not get better is asked once', async ({ store, server }) => {
    for (const [status, code] of [
      [403, 'AccessDenied'],
      [404, 'NoSuchKey'],
      [400, 'InvalidRequest'],
    ]) {
      for (const [operation, [call]] of Object.entries(calls)) {
        server.answer(failed(status, code))
        await rejectsAsService(call(store), { code, status })
        assert.equal(server.attempts, 1, operation)
      }
    }
  })
}

/** What only the JavaScript SDK does, when it does the work. */
export function clientAttempts({ test }) {
  test('trouble that stays is S3’s error for a conditional write too, landed or not', async ({ openStore, server }) => {
    for (const [operation, [call]] of Object.entries(conditionalWrites)) {
      server.answer(failed(500, 'InternalError'))
      const store = openStore({ maxAttempts: 2 })
      await rejectsAsService(call(store), { code: 'InternalError', status: 500, fault: 'server' })
      assert.equal(server.requests.length, 2, operation)
    }
  })
}

/** What the addon does with broken, false and missing answers. */
export function nativeAttempts({ test }) {
  test('maxAttempts is 3 when nothing is said', async ({ store, server }) => {
    server.answer(failed(500, 'InternalError'))
    await rejectsAsService(store.getObject('key'), { code: 'InternalError', status: 500, fault: 'server' })
    assert.equal(server.requests.length, 3)
  })

  test('an error of S3 without a message is called by its code', async ({ openStore, server }) => {
    for (const message of ['', '<Message></Message>']) {
      server.answer(reply(503, `<Error><Code>SlowDown</Code>${message}</Error>`, { 'content-type': 'application/xml' }))
      const error = await rejection(openStore({ maxAttempts: 1 }).getObject('key'))
      assertServiceError(error, { code: 'SlowDown', status: 503, fault: 'server' })
      assert.ok(error.message.startsWith(`${server.endpoint} answered with SlowDown (status 503)`), error.message)
    }
  })

  test('trouble that stays leaves it open whether a conditional write landed', async ({
    openStore,
    server,
    bucket,
  }) => {
    for (const maxAttempts of [1, 2, 3]) {
      for (const [operation, [call]] of Object.entries(conditionalWrites)) {
        server.answer(failed(500, 'InternalError'))
        const error = await rejection(call(openStore({ maxAttempts })))
        const cause = assertAmbiguous(error, { operation, bucket, key: 'key', attempts: maxAttempts })
        assertServiceError(cause, { code: 'InternalError', status: 500, fault: 'server' })
        assert.equal(server.attempts, maxAttempts, operation)
      }
    }
  })

  for (const [operation, [call]] of Object.entries(calls)) {
    /** What the call ended with; a conditional write that may have landed says first that it may. */
    const ended = (error, bucket, attempts) =>
      operation in conditionalWrites ? assertAmbiguous(error, { operation, bucket, key: 'key', attempts }) : error

    test(`${operation} that is reset each time is an ECONNRESET that says where`, async ({
      openStore,
      server,
      bucket,
    }) => {
      server.answer(reset)
      const error = ended(await rejection(call(openStore({ maxAttempts: 2 }))), bucket, 2)
      assert.equal(server.attempts, 2)
      assertTransport(error, { code: /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, server, bucket, key: operation !== 'list' })
    })

    test(`${operation} that gets no answer ends with its time`, async ({ openStore, server, bucket }) => {
      server.answer(silent)
      const store = openStore({ maxAttempts: 2, requestTimeout: 200 })
      const error = ended(await within(rejection(call(store)), 'a call to a server that never answers'), bucket, 2)
      // On a busy machine an attempt can be over before the server hears of it.
      assert.ok(server.attempts <= 2, 'requestTimeout is for each attempt')
      assertTransport(error, { code: /^ETIMEDOUT$/, server, bucket, key: operation !== 'list' })
    })

    test(`${operation} has a time for all its attempts together`, async ({ openStore, server, bucket }) => {
      server.answer(silent)
      const store = openStore({ maxAttempts: 100, requestTimeout: 60_000, timeout: 300 })
      const error = ended(await within(rejection(call(store)), 'a call to a server that never answers'), bucket, 1)
      assert.ok(server.requests.length <= 1)
      assertTransport(error, { code: /^ETIMEDOUT$/, server, bucket, key: operation !== 'list' })
    })
  }

  test('timeout also ends a call that is being repeated', async ({ openStore, server }) => {
    server.answer(failed(503, 'SlowDown'))
    const store = openStore({ maxAttempts: 1000, timeout: 500 })
    const error = await within(rejection(store.getObject('key')), 'a call that is answered SlowDown for ever')
    assert.ok(error instanceof Error)
    assert.ok(server.requests.length < 1000)
  })

  test('an answer that comes after the time of one attempt does not disturb the next', async ({
    openStore,
    server,
  }) => {
    server.answer(silent, object('second'))
    const got = await openStore({ requestTimeout: 300 }).getObject('key')
    assert.equal(await got.asString(), 'second')
    assert.equal(got.response.$metadata.attempts, 2)
  })

  test('half an object is asked for again, and never passed off as a whole one', async ({ openStore, server }) => {
    const body = Buffer.alloc(100 * KiB, 'x')
    server.answer(truncated(body, 50 * KiB), object(body))
    const got = await openStore().getObject('key')
    assert.ok(body.equals(await got.asByteArray()))
    server.answer(truncated(body, 50 * KiB))
    const error = await rejection(
      openStore()
        .getObject('key')
        .then((half) => half.asByteArray()),
    )
    assert.ok(error instanceof Error)
    assert.equal(typeof error.code, 'string')
  })

  test('a large object that breaks off is never passed off as a whole one', async ({ openStore, server }) => {
    const body = Buffer.alloc(3000 * KiB, 'x')
    server.answer(truncated(body, 1500 * KiB))
    const readings = [
      (got) => got.asByteArray(),
      (got) => got.asString(),
      (got) => got.response.Body.toArray(),
      async (got) => {
        for await (const piece of await got.asWebStream()) assert.ok(piece.length > 0)
      },
    ]
    for (const read of readings) {
      const error = await rejection(openStore({ maxAttempts: 1 }).getObject('key').then(read))
      assert.ok(error instanceof Error && !(error instanceof assert.AssertionError), String(error))
    }
  })

  test('an object that stops coming ends with its time', async ({ openStore, server }) => {
    for (const size of [100 * KiB, 3000 * KiB]) {
      server.answer(stalled(Buffer.alloc(size, 'x'), 50 * KiB))
      const store = openStore({ maxAttempts: 1, requestTimeout: 300 })
      const reading = store.getObject('key').then((got) => got.asByteArray())
      assert.ok((await within(rejection(reading), `${size} bytes that never come`)) instanceof Error)
    }
  })

  test('a web page that says 404 is not S3 saying NoSuchKey', async ({ store, server }) => {
    server.answer(reply(404, '<html><body>Not found</body></html>', { 'content-type': 'text/html' }))
    for (const call of [
      (s) => s.getObject('key'),
      (s) => s.getObjectIfMatch('key', etag),
      // Of a write it leaves open whether it landed.
      (s) => s.putObjectIfMatch('key', 'x', etag).catch((error) => Promise.reject(error.cause)),
    ]) {
      const error = await rejection(call(store))
      assert.equal(error.$metadata.httpStatusCode, 404)
      assert.notEqual(error.name, 'NoSuchKey')
      assert.notEqual(error.Code, 'NoSuchKey')
      assert.ok(!error.message.includes('<html>'), error.message)
      assert.ok(error.message.includes(server.endpoint), error.message)
    }
  })

  test('a 200 that carries an error is an error', async ({ openStore, server, bucket }) => {
    server.answer(failed(200, 'InternalError', 'We encountered an internal error. Please try again.'))
    const store = openStore({ maxAttempts: 1 })
    assert.equal((await rejection(calls.list[0](store))).name, 'InternalError')
    for (const operation of ['createObject', 'putObjectIfMatch']) {
      const error = await rejection(calls[operation][0](store))
      const cause = assertAmbiguous(error, { operation, bucket, key: 'key', attempts: 1 })
      assert.equal(cause.name, 'InternalError', operation)
    }
  })

  test('a 200 to a write that has no etag is not taken for a success', async ({ openStore, server }) => {
    server.answer(reply(200, '<html>please log in</html>', { 'content-type': 'text/html' }))
    const store = openStore({ maxAttempts: 1 })
    assert.ok((await rejection(store.createObject('key', 'x'))) instanceof Error)
    assert.ok((await rejection(store.putObjectIfMatch('key', 'x', etag))) instanceof Error)
  })

  test('the etag of an object without one is not made up', async ({ store, server }) => {
    const body = 'x'
    server.answer(reply(200, body, { 'content-length': 1 }))
    const got = await store.getObject('key').catch((error) => error)
    assert.notEqual(got.etag, etagOf(body))
  })
}

function assertTransport(error, { code, server, bucket, key }) {
  assert.ok(error instanceof Error)
  assert.match(String(error.code), code, `${error.stack}`)
  assert.ok(error.message.includes(`127.0.0.1:${server.port}`), `the endpoint: ${error.message}`)
  assert.ok(error.message.includes(bucket), `the bucket: ${error.message}`)
  if (key) assert.ok(error.message.includes('key'), `the key: ${error.message}`)
  assertKeepsSecret(error, server.secretAccessKey)
}
