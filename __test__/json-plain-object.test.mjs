// The JSON wrapper around an object that has the store's methods and nothing else.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import createS3Store, { createJsonWrapper } from 's3-store-native'
import { rejection } from './support/expect-error.mjs'

const result = (text, etag) => ({ etag, asJson: async () => JSON.parse(text), asString: async () => text })

/** A store that is a plain object, remembers its calls, and fails when anything else is asked of it. */
function plainStore() {
  const calls = []
  const answers = {
    createObject: () => ({ etag: '"created"' }),
    putObjectIfMatch: () => ({ etag: '"updated"' }),
    getObject: () => result('{"a":1}', '"got"'),
    getObjectIfMatch: () => result('[2]', '"got"'),
    deleteObject: () => ({ etag: undefined }),
    deleteObjectIfMatch: () => ({ etag: undefined }),
    list: () => 'an iterable',
    bucket: 'plain',
  }
  const store = new Proxy(
    {},
    {
      get(_, name) {
        assert.ok(name in answers, `only the store's methods are used, not ${String(name)}`)
        if (name === 'bucket') return answers.bucket
        return (...args) => {
          calls.push([name, ...args])
          return name === 'list' ? answers.list() : Promise.resolve(answers[name]())
        }
      },
    },
  )
  return { store, calls }
}

describe('a JSON wrapper around a plain object', () => {
  it('writes JSON as the mirrored package does', async () => {
    const { store, calls } = plainStore()
    const json = createJsonWrapper(store)
    assert.equal(await json.createObject('k', { a: 1 }), '"created"')
    assert.equal(await json.createObject('k', { a: 1 }, { metadata: { b: 'c' } }), '"created"')
    assert.equal(await json.putObjectIfMatch('k', [2], '"e"'), '"updated"')
    assert.equal(await json.putObjectIfMatch('k', [2], '"e"', { metadata: { b: 'c' } }), '"updated"')
    const contentType = 'application/json'
    assert.deepEqual(
      calls.map((call) => call.map((value) => (value?.contentType ? { ...value } : value))),
      [
        ['createObject', 'k', '{"a":1}', { contentType, metadata: undefined }],
        ['createObject', 'k', '{"a":1}', { contentType, metadata: { b: 'c' } }],
        ['putObjectIfMatch', 'k', '[2]', '"e"', { contentType, metadata: undefined }],
        ['putObjectIfMatch', 'k', '[2]', '"e"', { contentType, metadata: { b: 'c' } }],
      ],
    )
  })

  it('reads JSON as the mirrored package does', async () => {
    const { store, calls } = plainStore()
    const json = createJsonWrapper(store)
    assert.deepEqual(await json.getObject('k'), [{ a: 1 }, '"got"'])
    assert.deepEqual(await json.getObjectIfMatch('k', '"e"'), [2])
    assert.deepEqual(calls, [
      ['getObject', 'k'],
      ['getObjectIfMatch', 'k', '"e"'],
    ])
  })

  it('needs of a result no more than the mirrored package does: asJson and etag', async () => {
    const json = createJsonWrapper({ getObject: async () => ({ etag: '"e"', asJson: async () => ({ a: 1 }) }) })
    assert.deepEqual(await json.getObject('k'), [{ a: 1 }, '"e"'])
  })

  it('says at the call what the object lacks, and needs nothing else', async () => {
    const calls = {
      createObject: (json) => json.createObject('k', 1),
      putObjectIfMatch: (json) => json.putObjectIfMatch('k', 1, '"e"'),
      getObject: (json) => json.getObject('k'),
      getObjectIfMatch: (json) => json.getObjectIfMatch('k', '"e"'),
      deleteObject: (json) => json.deleteObject('k'),
      deleteObjectIfMatch: (json) => json.deleteObjectIfMatch('k', '"e"'),
      list: async (json) => json.list(),
    }
    for (const [name, call] of Object.entries(calls)) {
      const error = await rejection(call(createJsonWrapper({})))
      assert.ok(error instanceof TypeError)
      assert.deepEqual([error.code, error.argument], ['ERR_INVALID_ARG_TYPE', `store.${name}`])
    }
    const error = await rejection(createJsonWrapper({}).update('k', () => 1))
    assert.equal(error.argument, 'store.getObject')
  })

  it('hands on the rest', async () => {
    const { store, calls } = plainStore()
    const json = createJsonWrapper(store)
    await json.deleteObject('k')
    await json.deleteObjectIfMatch('k', '"e"')
    assert.equal(json.list('p/'), 'an iterable')
    assert.equal(json.store, store)
    assert.equal(json.bucket, 'plain')
    assert.deepEqual(calls, [
      ['deleteObject', 'k'],
      ['deleteObjectIfMatch', 'k', '"e"'],
      ['list', 'p/'],
    ])
  })

  it('asks for nothing when a value is not JSON', async () => {
    const { store, calls } = plainStore()
    const json = createJsonWrapper(store)
    const loop = {}
    loop.self = loop
    for (const value of [undefined, () => {}, Symbol('s'), 1n, loop, { deep: [loop] }]) {
      assert.ok((await rejection(json.createObject('k', value))) instanceof TypeError)
      assert.ok((await rejection(json.putObjectIfMatch('k', value, '"e"'))) instanceof TypeError)
    }
    assert.deepEqual(calls, [])
  })

  it('wraps a store of the package too', () => {
    const store = createS3Store('b', { client: { send: async () => ({}) } })
    assert.equal(createJsonWrapper(store).store, store)
    assert.equal(createJsonWrapper(store).bucket, 'b')
  })
})
