// The JSON wrapper hands on what ends a call, and nothing where nothing is given: another's store need not know of it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createJsonWrapper } from 's3-store-native'
import { rejection } from '../support/expect-error.mjs'

const { signal } = new AbortController()
const control = { signal, timeout: 100 }

/** A store that keeps how it was called. */
function recording() {
  const calls = []
  const method =
    (name, result) =>
    (...args) => {
      calls.push([name, ...args])
      return result
    }
  const got = Promise.resolve({ etag: '"e"', asJson: async () => 1 })
  const store = {
    bucket: 'recording',
    createObject: method('createObject', got),
    putObjectIfMatch: method('putObjectIfMatch', got),
    getObject: method('getObject', got),
    getObjectIfMatch: method('getObjectIfMatch', got),
    headObject: method('headObject', got),
    exists: method('exists', Promise.resolve(true)),
    deleteObject: method('deleteObject', got),
    deleteObjectIfMatch: method('deleteObjectIfMatch', got),
    list: method('list', []),
  }
  return { calls, json: createJsonWrapper(store) }
}

const write = { contentType: 'application/json', metadata: undefined }
/** Each call, with the arguments that the store gets: without options, and with. */
const cases = {
  createObject: [
    ['k', 1],
    ['k', '1', write],
    ['k', '1', { ...write, ...control }],
  ],
  putObjectIfMatch: [
    ['k', 1, '"e"'],
    ['k', '1', '"e"', write],
    ['k', '1', '"e"', { ...write, ...control }],
  ],
  getObject: [['k'], ['k'], ['k', control]],
  getObjectIfMatch: [
    ['k', '"e"'],
    ['k', '"e"'],
    ['k', '"e"', control],
  ],
  headObject: [['k'], ['k'], ['k', control]],
  exists: [['k'], ['k'], ['k', control]],
  deleteObject: [['k'], ['k'], ['k', control]],
  deleteObjectIfMatch: [
    ['k', '"e"'],
    ['k', '"e"'],
    ['k', '"e"', control],
  ],
  list: [['p'], ['p'], ['p', control]],
}

describe('the JSON wrapper', () => {
  for (const [name, [args, without, withControl]] of Object.entries(cases)) {
    it(`hands the signal and the time limit on: ${name}`, async () => {
      const { calls, json } = recording()
      await json[name](...args)
      await json[name](...args, control)
      assert.deepEqual(calls, [
        [name, ...without],
        [name, ...withControl],
      ])
      assert.equal(Object(calls[1].at(-1)).signal, signal)
    })
  }

  it('adds nothing to the options of a write', async () => {
    const { calls, json } = recording()
    await json.createObject('k', 1, { metadata: {} })
    assert.deepEqual(calls, [['createObject', 'k', '1', { contentType: 'application/json', metadata: {} }]])
  })

  it('refuses a part of a text, which is no JSON', async () => {
    const { calls, json } = recording()
    for (const read of [
      () => json.getObject('k', { range: 'bytes=0-1' }),
      () => json.getObjectIfMatch('k', '"e"', { range: { start: 1 } }),
    ]) {
      assert.equal((await rejection(read())).argument, 'options.range')
    }
    assert.deepEqual(calls, [])
  })

  it('leaves out an etag for deleteObject, which means nothing', async () => {
    const { calls, json } = recording()
    await json.deleteObject('k', '"ignored"')
    assert.deepEqual(calls, [['deleteObject', 'k']])
  })
})
