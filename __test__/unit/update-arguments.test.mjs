// What an update can be given.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import createS3Store from 's3-store-native'
import { assertArgumentError, rejection } from '../support/expect-error.mjs'
import { add, memory, noSuchKey } from '../support/memory-store.mjs'

describe('the arguments of update', () => {
  const refused = {
    'no function': [[undefined], 'fn'],
    'a value in place of the function': [[{ a: 1 }], 'fn'],
    'a string as options': [[add, 'text/plain'], 'options'],
    'null as options': [[add, null], 'options'],
    'an unknown option': [[add, { maxRetries: 3 }], 'maxRetries'],
    'a string as maxRounds': [[add, { maxRounds: '3' }], 'maxRounds'],
    'no rounds': [[add, { maxRounds: 0 }], 'maxRounds'],
    'half a round': [[add, { maxRounds: 1.5 }], 'maxRounds'],
    'a negative maxBackoff': [[add, { maxBackoff: -1 }], 'maxBackoff'],
    'an endless maxBackoff': [[add, { maxBackoff: Infinity }], 'maxBackoff'],
    'an object as signal': [[add, { signal: {} }], 'signal'],
    'a controller as signal': [[add, { signal: new AbortController() }], 'signal'],
    'a number as create': [[add, { create: 0 }], 'create'],
    'a string as idempotent': [[add, { idempotent: 'yes' }], 'idempotent'],
    'a string as recovery': [[add, { recovery: 'no' }], 'recovery'],
    'the name of the write id in the metadata': [
      [add, { metadata: { 'S3-Store-Write-Id': 'x' } }],
      'S3-Store-Write-Id',
    ],
    'metadata that is no object': [[add, { metadata: [] }], 'metadata'],
  }
  for (const [name, [args, argument]] of Object.entries(refused)) {
    it(`can't be ${name}`, async () => {
      const { json, calls } = memory('1')
      const sent = []
      const store = createS3Store('b', { client: { send: async (command) => sent.push(command) } })
      for (const target of [json, store]) {
        assertArgumentError(await rejection(target.update('k', ...args)), { name: argument })
      }
      assert.deepEqual([calls, sent], [[], []], 'nothing is asked')
    })
  }

  it('can have a content type for the store alone', async () => {
    const sent = []
    const client = {
      async send({ input }) {
        sent.push(input)
        if (input.Body === undefined) throw noSuchKey()
        return { ETag: '"1"' }
      },
    }
    const store = createS3Store('b', { client })
    await store.update('k', () => 'text', { contentType: 'text/plain' })
    assert.deepEqual([sent[1].ContentType, sent[1].IfNoneMatch], ['text/plain', '*'])
    assertArgumentError(await rejection(store.update('k', add, { contentType: 1 })), { name: 'contentType' })
    assertArgumentError(await rejection(store.update('', add)), { name: 'key' })
    assertArgumentError(await rejection(store.update('k', () => 42)), { name: "fn's result" })
  })
})
