// The options of a write that the store suites don't go into.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import createS3Store, { createJsonWrapper } from 's3-store-native'
import { rejection } from '../support/expect-error.mjs'

const sent = []
const client = {
  async send({ input }) {
    sent.push(input)
    return { ETag: '"1"' }
  },
}
const store = createS3Store('bucket', { client })

const refused = {
  'null as options': [null, 'options'],
  'an empty content type': [{ contentType: '' }, 'options.contentType'],
  'an empty content type alone': ['', 'contentType'],
  'null as content type': [{ contentType: null }, 'options.contentType'],
  'null as metadata': [{ metadata: null }, 'options.metadata'],
  'more metadata than can be read again': [
    { metadata: Object.fromEntries(Array.from({ length: 65 }, (_, number) => [`m${number}`, ''])) },
    'options.metadata',
  ],
  'a name twice in the metadata': [{ metadata: { owner: 'me', Owner: 'you' } }, 'options.metadata.Owner'],
}

describe('the options of a write', () => {
  for (const [name, [options, argument]] of Object.entries(refused)) {
    it(`can't have ${name}`, async () => {
      sent.length = 0
      const error = await rejection(store.createObject('key', 'body', options))
      assert.ok(error instanceof TypeError)
      assert.equal(error.argument, argument)
      assert.equal(sent.length, 0)
    })
  }

  it('may be of no prototype, with values that are empty', async () => {
    const metadata = Object.assign(Object.create(null), { empty: '', owner: 'you and me' })
    await store.createObject('key', 'body', Object.assign(Object.create(null), { metadata }))
    assert.deepEqual({ ...sent.at(-1).Metadata }, { empty: '', owner: 'you and me' })
  })

  it('may be undefined, one by one', async () => {
    await store.createObject('key', 'body', { contentType: undefined, metadata: undefined })
    assert.equal(sent.at(-1).ContentType, 'application/json')
  })
})

describe('the options of the JSON wrapper', () => {
  it('are a closed list, too', async () => {
    const json = createJsonWrapper(store)
    for (const options of [{ metdata: {} }, null, 42, []]) {
      const error = await rejection(json.createObject('key', 1, options))
      assert.ok(error instanceof TypeError, String(error))
    }
  })

  it('need a store', () => {
    for (const store of [undefined, null, 'store']) assert.throws(() => createJsonWrapper(store), TypeError)
  })
})
