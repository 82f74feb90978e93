// What an update makes of answers that real servers don't give on demand.
import assert from 'node:assert/strict'
import { object, reset } from '../support/answers.mjs'
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
}
