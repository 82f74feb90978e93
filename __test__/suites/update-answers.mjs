// What an update makes of answers that real servers don't give on demand.
import assert from 'node:assert/strict'
import { etagOf, failed, object, reply, reset, written } from '../support/answers.mjs'
import { assertAmbiguous, rejection } from '../support/expect-error.mjs'

const methods = ({ requests }) => requests.map(({ method }) => method)

/** Of an engine that knows its own writes. */
export function updateAnswers({ test }) {
  test('idempotent: a lost write is not settled by leaving alone what it was to replace', async ({
    openStore,
    server,
    bucket,
  }) => {
    const store = openStore({ maxAttempts: 1 })
    const thrown = new Error('no more')
    for (const [then, endedBy] of [
      [() => undefined, undefined],
      [() => 'one', undefined],
      [
        () => {
          throw thrown
        },
        thrown,
      ],
    ]) {
      // Read, lost, looked back: not there. And in the next round the same is there as before.
      server.answer(object('one'), reset, object('one'))
      let calls = 0
      const fn = () => (++calls === 1 ? 'two' : then())
      const error = await rejection(store.update('key', fn, { idempotent: true }))
      assertAmbiguous(error, { operation: 'putObjectIfMatch', bucket, key: 'key', attempts: 1 })
      assert.deepEqual([error.endedBy, methods(server)], [endedBy, ['GET', 'PUT', 'HEAD', 'GET']])
    }
  })

  test('idempotent: a lost write is settled by leaving alone what another wrote since', async ({
    openStore,
    server,
  }) => {
    server.answer(object('one'), reset, object('three'))
    let calls = 0
    const fn = () => (++calls === 1 ? 'two' : undefined)
    const { changed, rounds } = await openStore({ maxAttempts: 1 }).update('key', fn, { idempotent: true })
    assert.deepEqual([changed, rounds], [false, 2])
  })

  test('a write that a proxy repeated is found after the last round, although the store could not look', async ({
    openStore,
    server,
  }) => {
    const header = 'x-amz-meta-s3-store-write-id'
    const ours = (request, response) =>
      object('two', { headers: { [header]: server.requests[1].headers[header] } })(request, response)
    server.answer(object('one'), failed(412, 'PreconditionFailed'), reply(500, ''), ours)
    const { changed, etag, rounds } = await openStore({ maxAttempts: 1 }).update('key', () => 'two', { maxRounds: 1 })
    assert.deepEqual([changed, etag, rounds], [true, etagOf('two'), 1])
    assert.deepEqual(methods(server), ['GET', 'PUT', 'HEAD', 'GET'])
  })
}

/** Of a client, which repeats a lost write by itself and then meets it. */
export function clientUpdateAnswers({ test }) {
  const lostAndMet = [object('1'), reset, failed(412, 'PreconditionFailed'), object('2'), written()]
  const increment = async (current) => String(Number(await current.asString()) + 1)

  test('a conflict after a lost answer ends it: the function is not applied to its own result', async ({
    store,
    server,
  }) => {
    server.answer(...lostAndMet)
    let calls = 0
    const error = await rejection(store.update('key', (current) => ((calls += 1), increment(current))))
    assert.deepEqual([error.name, error.cause.$metadata.attempts, calls], ['StaleDataError', 2, 1])
    assert.deepEqual(methods(server), ['GET', 'PUT', 'PUT'])
  })

  test('idempotent: a conflict after a lost answer leads to another round', async ({ store, server }) => {
    server.answer(...lostAndMet)
    const { rounds } = await store.update('key', increment, { idempotent: true })
    assert.deepEqual([rounds, methods(server)], [2, ['GET', 'PUT', 'PUT', 'GET', 'PUT']])
    assert.equal(server.requests.at(-1).body.toString(), '3')
  })

  test('a conflict with the only attempt leads to another round', async ({ store, server }) => {
    server.answer(object('1'), failed(412, 'PreconditionFailed'), object('2'), written())
    const { rounds } = await store.update('key', increment)
    assert.deepEqual([rounds, server.requests.at(-1).body.toString()], [2, '3'])
  })
}
