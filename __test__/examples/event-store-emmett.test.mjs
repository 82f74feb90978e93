// The event store behind Emmett's interface.
import assert from 'node:assert/strict'
import {
  CommandHandler,
  ExpectedVersionConflictError,
  getInMemoryEventStore,
  isExpectedVersionConflictError,
  STREAM_DOES_NOT_EXIST,
  STREAM_EXISTS,
} from '@event-driven-io/emmett'
import { emmettStore } from '../../examples/event-store/emmett.mjs'
import { EventStore } from '../../examples/event-store/event-store.mjs'
import { onEachServer, throughLostAnswers } from './support/places.mjs'

function emmett({ test }) {
  test("a command handler of Emmett's runs on it", async ({ store }) => {
    const evolve = (state, { type, data }) => (type === 'Deposited' ? state + data.amount : state - data.amount)
    const handle = CommandHandler({ evolve, initialState: () => 0, retry: { onVersionConflict: 20 } })
    const tills = Array.from({ length: 8 }, () => emmettStore(new EventStore(store())))
    await handle(tills[0], 'account', () => [{ type: 'Deposited', data: { amount: 3 } }])
    // More want something than there is: whoever comes too late is told so by the handler, having read again.
    const withdraw = (balance) => {
      if (balance === 0) throw new Error('nothing left')
      return { type: 'Withdrawn', data: { amount: 1 } }
    }
    const outcomes = await Promise.allSettled(tills.map((till) => handle(till, 'account', withdraw)))
    const won = outcomes.filter(({ status }) => status === 'fulfilled')
    assert.deepEqual(won.map(({ value }) => value.newState).toSorted(), [0, 1, 2])
    for (const { reason } of outcomes.filter(({ status }) => status === 'rejected')) {
      assert.equal(reason.message, 'nothing left')
    }
    const { events, currentStreamVersion } = await tills[0].readStream('account')
    assert.deepEqual([events.reduce(evolve, 0), currentStreamVersion], [0, 4n])

    // Without a repeat, whoever is late gets Emmett's own error.
    const late = handle(tills[1], 'account', () => ({ type: 'Deposited', data: { amount: 1 } }), {
      expectedStreamVersion: 1n,
      retry: { retries: 0 },
    })
    await assert.rejects(late, isExpectedVersionConflictError)
  })

  test("is what Emmett's own store in memory is", async ({ store }) => {
    const [memory, ours] = [getInMemoryEventStore(), emmettStore(new EventStore(store()))]
    const typed = (type, n) => ({ type, data: { n }, metadata: { by: 'me' } })
    const steps = [
      (s) => s.streamExists('x'),
      (s) => s.readStream('x'),
      (s) => s.readStream('x', { expectedStreamVersion: STREAM_EXISTS }),
      (s) => s.appendToStream('x', [typed('A', 1)], { expectedStreamVersion: STREAM_EXISTS }),
      (s) => s.appendToStream('x', [typed('A', 1), typed('B', 2)], { expectedStreamVersion: STREAM_DOES_NOT_EXIST }),
      (s) => s.appendToStream('x', [typed('C', 3)], { expectedStreamVersion: STREAM_DOES_NOT_EXIST }),
      (s) => s.appendToStream('x', [typed('C', 3)], { expectedStreamVersion: 1n }),
      (s) => s.appendToStream('x', [typed('C', 3)], { expectedStreamVersion: 2n }),
      (s) => s.appendToStream('x', [{ type: 'D', data: {} }], { expectedStreamVersion: STREAM_EXISTS }),
      (s) => s.appendToStream('x', [typed('E', 5)]),
      (s) => s.streamExists('x'),
      (s) => s.readStream('x'),
      (s) => s.readStream('x', { expectedStreamVersion: 4n }),
      (s) => s.readStream('x', { from: 1n }),
      (s) => s.readStream('x', { from: 5n }),
      (s) => s.readStream('x', { from: 1n, to: 3n }),
      (s) => s.readStream('x', { from: 1n, maxCount: 2n }),
      (s) => s.readStream('x', { schema: { versioning: { upcast: (e) => ({ ...e, data: { up: e.data.n } }) } } }),
      (s) =>
        s.appendToStream('x', [typed('F', 6)], {
          schema: { versioning: { downcast: (e) => ({ ...e, data: { down: e.data.n } }) } },
        }),
      (s) => s.readStream('x', { from: 5n }),
      (s) => s.aggregateStream('x', { initialState: () => '', evolve: (state, { type }) => state + type }),
    ]
    for (const [number, step] of steps.entries()) {
      const [wanted, got] = await Promise.all([shown(step, memory), shown(step, ours)])
      assert.deepEqual(got, wanted, `step ${number}: ${step}`)
    }
  })
}

/** What a step comes to, without what is random and what only a store in one process can have. */
async function shown(step, store) {
  try {
    // Emmett's own gives its very events.
    const result = structuredClone(await step(store))
    if (result?.events) {
      for (const { metadata } of result.events) {
        assert.match(metadata.messageId, /^[\da-f-]{36}$/)
        delete metadata.messageId
        delete metadata.globalPosition
      }
    }
    return result
  } catch (error) {
    assert.ok(error instanceof ExpectedVersionConflictError, error)
    return { message: error.message, errorCode: error.errorCode, current: error.current, expected: error.expected }
  }
}

onEachServer("Emmett's event store", emmett)
throughLostAnswers("Emmett's event store", emmett)
