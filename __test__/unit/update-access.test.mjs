// What an update hands on of its options: to reads what gives access, to writes all, as they were when it began.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createJsonWrapper } from 's3-store-native'

const key = Uint8Array.from({ length: 32 }, (_, at) => at)

/** A store of somebody else's, which writes down what it is called with. */
function recorded() {
  const calls = []
  const store = {
    bucket: 'bucket',
    async getObject(...args) {
      calls.push(['getObject', ...args])
      return { etag: '"1"', asJson: async () => ({ count: 1 }) }
    },
    async putObjectIfMatch(...args) {
      calls.push(['putObjectIfMatch', ...args])
      return { etag: '"2"' }
    },
  }
  return { json: createJsonWrapper(store), calls }
}

describe('the options of an update', () => {
  it('give access to its reads and its writes', async () => {
    const { json, calls } = recorded()
    await json.update('k', () => ({ count: 2 }), {
      sseCustomerKey: key,
      expectedBucketOwner: '1',
      cacheControl: 'no-store',
    })
    assert.deepEqual(calls[0], ['getObject', 'k', { sseCustomerKey: key, expectedBucketOwner: '1' }])
    const { sseCustomerKey, expectedBucketOwner, cacheControl } = calls[1][4]
    assert.deepEqual([sseCustomerKey, expectedBucketOwner, cacheControl], [key, '1', 'no-store'])
  })

  it('are not handed to another’s store where there are none', async () => {
    const { json, calls } = recorded()
    await json.update('k', () => ({ count: 2 }))
    assert.deepEqual(calls[0], ['getObject', 'k'])
    assert.deepEqual(calls[1][4], { metadata: undefined, contentType: 'application/json' })
  })

  it('alone are no reason to write what is there, where they only give access', async () => {
    const { json, calls } = recorded()
    const { changed } = await json.update('k', (value) => value, { expectedBucketOwner: '1' })
    assert.equal(changed, false)
    assert.equal(calls.length, 1)
  })

  it('are written as they were when it began', async () => {
    const { json, calls } = recorded()
    const options = { tagging: { a: 'before' }, expires: new Date(0), sseCustomerKey: Uint8Array.from(key) }
    await json.update(
      'k',
      () => {
        options.tagging.a = 'after'
        options.expires.setTime(1e12)
        options.sseCustomerKey.fill(0)
        return { count: 2 }
      },
      options,
    )
    const { tagging, expires, sseCustomerKey } = calls[1][4]
    assert.deepEqual([tagging, Number(expires), sseCustomerKey], [{ a: 'before' }, 0, key])
  })

  it('are refused before anything is read', async () => {
    const { json, calls } = recorded()
    for (const options of [
      { metadata: new Map([['a', 'b']]) },
      { tagging: ['a'] },
      { sseCustomerKey: new DataView(new ArrayBuffer(32)) },
    ]) {
      await assert.rejects(
        json.update('k', () => 1, options),
        { code: 'ERR_INVALID_ARG_TYPE' },
      )
    }
    assert.deepEqual(calls, [])
  })
})
