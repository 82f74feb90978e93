// What the conditions are for: many writers, one key.
import assert from 'node:assert/strict'
import { ConcurrentWriteConflictError, KeyExistsError, StaleDataError } from 's3-store-native'

const retriable = (error) => error instanceof StaleDataError || error instanceof ConcurrentWriteConflictError

export function races(context) {
  const { test } = context

  test('of 50 writers that create one key exactly one wins', async ({ store, bucket }) => {
    const writers = Array.from({ length: 50 }, (_, number) => number)
    const outcomes = await Promise.allSettled(writers.map((number) => store.createObject('race', `writer ${number}`)))
    const winners = writers.filter((number) => outcomes[number].status === 'fulfilled')
    assert.equal(winners.length, 1, `winners: ${winners}`)
    const losers = outcomes.filter(({ status }) => status === 'rejected')
    for (const { reason } of losers) assert.ok(reason instanceof KeyExistsError, String(reason))
    const held = await bucket.read('race')
    assert.equal(held.body.toString(), `writer ${winners[0]}`)
    assert.equal(held.etag, outcomes[winners[0]].value.etag)
  })

  test('5 writers that each add 1 ten times, reloading when stale, arrive at 50', async ({ json, bucket }) => {
    await json.createObject('counter', { count: 0 })
    const add = async () => {
      for (let attempt = 1; attempt <= 500; attempt += 1) {
        const [value, etag] = await json.getObject('counter')
        try {
          return await json.putObjectIfMatch('counter', { count: value.count + 1 }, etag)
        } catch (error) {
          if (!retriable(error)) throw error
        }
      }
      throw new Error('500 attempts were not enough')
    }
    const writer = async () => {
      for (let time = 0; time < 10; time += 1) await add()
    }
    await Promise.all(Array.from({ length: 5 }, writer))
    assert.deepEqual(JSON.parse(await bucket.text('counter')), { count: 50 })
  })

  test('of 20 writers that delete one version exactly one wins', async ({ store, bucket }) => {
    const { etag } = await store.createObject('delete-race', 'x')
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => store.deleteObjectIfMatch('delete-race', etag)),
    )
    const wins = outcomes.filter(({ status }) => status === 'fulfilled')
    assert.equal(wins.length, 1)
    assert.equal(await bucket.read('delete-race'), undefined)
  })

  test('of an update and a deletion of one version exactly one wins', async ({ store, bucket }) => {
    for (let round = 0; round < 10; round += 1) {
      const key = `mixed-race-${round}`
      const { etag } = await store.createObject(key, 'old')
      const [put, deleted] = await Promise.allSettled([
        store.putObjectIfMatch(key, 'new', etag),
        store.deleteObjectIfMatch(key, etag),
      ])
      assert.notEqual(put.status, deleted.status)
      assert.equal(await bucket.text(key), put.status === 'fulfilled' ? 'new' : undefined)
    }
  })
}
