// What passes for the condition of a call, and what doesn't.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import createS3Store from 's3-store-native'
import { rejection } from '../support/expect-error.mjs'

const sent = []
const client = {
  async send({ input }) {
    sent.push(input.IfMatch)
    return {}
  },
}
const store = createS3Store('bucket', { client })

const calls = {
  putObjectIfMatch: (etag) => store.putObjectIfMatch('key', 'body', etag),
  deleteObjectIfMatch: (etag) => store.deleteObjectIfMatch('key', etag),
  getObjectIfMatch: (etag) => store.getObjectIfMatch('key', etag),
}

const taken = [
  '"5d41402abc4b2a76b9719d911017c592"',
  '"5d41402abc4b2a76b9719d911017c592-12"',
  '"with, comma"'.replace(' ', ''),
  '"!#$%&\'()*+-./:;<=>?@[]^_`{|}~"',
  '5d41402abc4b2a76b9719d911017c592',
]
const refused = [
  '""',
  '"*"',
  ' "a"',
  '"a" ',
  '"a b"',
  '"a',
  'a"',
  '"a""b"',
  'a,b',
  '*,*',
  'W/"a"',
  '"a"\r\nx-evil: 1',
  '"é"',
]

for (const [operation, call] of Object.entries(calls)) {
  describe(`${operation}'s etag`, () => {
    for (const etag of taken) {
      it(`may be ${etag}, and is sent as it is`, async () => {
        sent.length = 0
        await call(etag)
        assert.deepEqual(sent, [etag])
      })
    }
    for (const etag of refused) {
      it(`can't be ${JSON.stringify(etag)}`, async () => {
        sent.length = 0
        const error = await rejection(call(etag))
        assert.ok(error instanceof TypeError)
        assert.deepEqual([error.code, error.argument], ['ERR_INVALID_ARG_VALUE', 'etag'])
        assert.deepEqual(sent, [])
      })
    }
  })
}
