// Every message and field of the store's own errors, for the answers that no server gives on demand.
import assert from 'node:assert/strict'
import { failed, reply } from '../support/answers.mjs'
import { rejectsAs, rejectsAsService } from '../support/expect-error.mjs'

const etag = '"0123456789abcdef0123456789abcdef"'

const calls = {
  createObject: (store) => store.createObject('key', 'x'),
  putObjectIfMatch: (store) => store.putObjectIfMatch('key', 'x', etag),
  getObjectIfMatch: (store) => store.getObjectIfMatch('key', etag),
  deleteObjectIfMatch: (store) => store.deleteObjectIfMatch('key', etag),
}

const preconditionFailed = {
  createObject: ['KeyExists', 'cannot overwrite an existing key'],
  putObjectIfMatch: ['StaleData', 'object was modified concurrently, reload your object first'],
  getObjectIfMatch: [
    'StaleData',
    'object was modified concurrently, reload your object first. use getObject() instead',
  ],
  deleteObjectIfMatch: ['StaleData', 'object was modified concurrently, cannot proceed with deletion'],
}

const conflict = {
  createObject: 'create conflicted with a concurrent write to this key, retry',
  putObjectIfMatch: 'update conflicted with a concurrent write to this key, retry',
  getObjectIfMatch: 'conditional read conflicted with a concurrent write to this key, retry',
  deleteObjectIfMatch: 'delete conflicted with a concurrent write to this key, retry',
}

const condition = {
  createObject: /If-None-Match/,
  putObjectIfMatch: /If-Match/,
  getObjectIfMatch: /If-Match/,
  deleteObjectIfMatch: /If-Match/,
}

/** The calls of which a 5xx leaves no doubt: those that write under a condition are tested with the attempts. */
const reads = [calls.getObjectIfMatch, (store) => store.getObject('key'), (store) => store.deleteObject('key')]

export function mappedErrors({ test }) {
  for (const [operation, call] of Object.entries(calls)) {
    test(`412 to ${operation}`, async ({ store, server, bucket }) => {
      server.answer(failed(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold'))
      const [kind, message] = preconditionFailed[operation]
      const error = await rejectsAs(call(store), {
        kind,
        message,
        operation,
        bucket,
        key: 'key',
        service: {
          code: 'PreconditionFailed',
          status: 412,
          message: 'At least one of the pre-conditions you specified did not hold',
        },
      })
      assertIds(error.originalError)
      assert.equal(server.attempts, 1, 'a precondition that failed is not tried again')
    })

    test(`409 to ${operation}`, async ({ openStore, server, bucket }) => {
      const answer = 'The conditional request cannot succeed due to a conflicting operation against this resource.'
      server.answer(failed(409, 'ConditionalRequestConflict', answer))
      const error = await rejectsAs(call(openStore({ maxAttempts: 2 })), {
        kind: 'WriteConflict',
        message: conflict[operation],
        operation,
        bucket,
        key: 'key',
        service: { code: 'ConditionalRequestConflict', status: 409, message: answer },
      })
      assertIds(error.originalError)
      assert.equal(error.originalError.$metadata.attempts, server.requests.length)
    })

    test(`501 to ${operation}`, async ({ openStore, server, bucket }) => {
      const answer = 'A header you provided implies functionality that is not implemented'
      server.answer(failed(501, 'NotImplemented', answer, { elements: '<Header>If-Match</Header>' }))
      const error = await rejectsAs(call(openStore({ maxAttempts: 1 })), {
        kind: 'Unsupported',
        message: condition[operation],
        operation,
        bucket,
        key: 'key',
        service: { code: 'NotImplemented', status: 501, message: answer, fault: 'server' },
      })
      assertIds(error.originalError)
    })
  }

  test('409 with another code stays what S3 called it', async ({ openStore, server }) => {
    server.answer(failed(409, 'OperationAborted'))
    const store = openStore({ maxAttempts: 1 })
    for (const call of Object.values(calls)) {
      await rejectsAsService(call(store), {
        code: 'OperationAborted',
        status: 409,
        message: 'message of OperationAborted',
      })
    }
  })

  test('412 to what has no condition stays what S3 called it', async ({ store, server }) => {
    server.answer(failed(412, 'PreconditionFailed'))
    const expected = { code: 'PreconditionFailed', status: 412 }
    await rejectsAsService(store.getObject('key'), expected)
    await rejectsAsService(store.deleteObject('key'), expected)
    await rejectsAsService(store.list()[Symbol.asyncIterator]().next(), expected)
  })

  test('any code of S3, known or not, is name and Code of the error', async ({ openStore, server }) => {
    const store = openStore({ maxAttempts: 1 })
    const answers = [
      [403, 'AccessDenied'],
      [403, 'RequestTimeTooSkewed'],
      [403, 'ExpiredToken'],
      [403, 'InvalidObjectState'],
      [404, 'NoSuchBucket'],
      [404, 'NoSuchKey'],
      [400, 'EntityTooLarge'],
      [400, 'KeyTooLongError'],
      [405, 'MethodNotAllowed'],
      [418, 'SomethingNobodyHasHeardOf'],
      [500, 'InternalError'],
      [503, 'SlowDown'],
    ]
    for (const [status, code] of answers) {
      server.answer(failed(status, code))
      const fault = status < 500 ? 'client' : 'server'
      for (const call of status < 500 ? [...reads, ...Object.values(calls)] : reads) {
        const error = await rejectsAsService(call(store), { code, status, fault })
        const isPlaced = ['AccessDenied', 'NoSuchBucket'].includes(code) && store.engine !== 'client'
        const place = ` (endpoint ${server.endpoint}, bucket ${store.bucket}, key "key")`
        assert.equal(error.message, `message of ${code}${isPlaced ? place : ''}`)
        assertIds(error)
      }
    }
  })
}

/** What the addon makes of answers that leave out what S3 says. */
export function nativeErrors({ test }) {
  for (const [operation, call] of Object.entries(calls)) {
    test(`412 to ${operation} without a word of S3’s goes by its status`, async ({ store, server }) => {
      server.answer(reply(412, ''))
      const [kind] = preconditionFailed[operation]
      const name = { KeyExists: 'KeyExistsError', StaleData: 'StaleDataError' }[kind]
      await assert.rejects(call(store), { name, message: preconditionFailed[operation][1] })
    })

    test(`409 to ${operation} is repeated, and its end is an error`, async ({ store, server }) => {
      server.answer(failed(409, 'ConditionalRequestConflict'))
      await assert.rejects(call(store), { name: 'ConcurrentWriteConflictError' })
      assert.equal(server.requests.length, 3, 'maxAttempts is 3')
    })
  }

  test('a wrong region is named with the right one', async ({ openStore, server }) => {
    const store = openStore({ maxAttempts: 1 })
    const region = { 'x-amz-bucket-region': 'eu-central-7' }
    const answers = [
      [301, 'PermanentRedirect', { headers: region }],
      [400, 'AuthorizationHeaderMalformed', { headers: region, elements: '<Region>eu-central-7</Region>' }],
    ]
    for (const [status, code, rest] of answers) {
      server.answer(failed(status, code, 'wrong region', rest))
      for (const call of Object.values(calls)) {
        const error = await rejectsAsService(call(store), { code, status })
        assert.match(error.message, /eu-central-7/, 'the right region')
      }
    }
  })
}

function assertIds(error) {
  assert.equal(error.RequestId, 'REQUEST1')
  assert.equal(error.$metadata.requestId, 'REQUEST1')
  assert.equal(error.$metadata.extendedRequestId, 'EXTENDED1')
}
