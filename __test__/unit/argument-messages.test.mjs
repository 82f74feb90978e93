// What is said of bad input where the bare rule would mislead.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import createS3Store, { createJsonWrapper } from 's3-store-native'
import { assertArgumentError, rejection } from '../support/expect-error.mjs'
import { memory, noSuchKey } from '../support/memory-store.mjs'

const store = createS3Store('b', { client: { send: async () => assert.fail('something is sent') } })
/** In which there is nothing to update. */
const absent = createS3Store('b', {
  client: {
    async send() {
      throw noSuchKey()
    },
  },
})
const json = createJsonWrapper(store)
const list = (options) => store.list('', options)[Symbol.asyncIterator]().next()
const ifMatch = '"e"'

/** Name of the case: [call, the argument, the message]. */
const cases = {
  'no keys on a page': [
    () => list({ pageSize: 0 }),
    'options.pageSize',
    'options.pageSize must be an integer from 1 to 1000, got 0',
  ],
  'more keys on a page than S3 gives': [
    () => list({ pageSize: 1001 }),
    'options.pageSize',
    'options.pageSize must be an integer from 1 to 1000, got 1001',
  ],
  'a link for no time': [
    () => store.presign('GET', 'k', { expiresIn: 0 }),
    'options.expiresIn',
    'options.expiresIn must be an integer from 1 to 604800, got 0',
  ],
  'a link for something else': [
    () => store.presign('POST', 'k', { ifMatch }),
    'method',
    'method must be one of GET, HEAD, PUT and DELETE, got "POST"',
  ],
  'an empty etag': [() => store.putObjectIfMatch('k', 'x', ''), 'etag', 'etag must not be empty'],
  'a number as what an update is to write': [
    () => absent.update('k', () => 42),
    "fn's result",
    "fn's result must be a string, a Buffer, an ArrayBuffer or a view of one, or a Blob, got number 42",
  ],
  'a stream as what an update is to write': [
    () => absent.update('k', () => Readable.from(['x'])),
    "fn's result",
    "fn's result must be a string, a Buffer, an ArrayBuffer or a view of one, or a Blob (createObject and putObjectIfMatch take a stream, an update reads it into a Buffer first), got an instance of Readable",
  ],
  'a BigInt as what an update of JSON is to write': [
    () => memory().json.update('k', () => 1n),
    "fn's result",
    "fn's result must be what JSON can hold: Do not know how to serialize a BigInt",
  ],
  'an empty etag in quotes': [() => store.putObjectIfMatch('k', 'x', '""'), 'etag', 'etag must not be empty'],
  'nothing at all, of JSON': [() => json.createObject(), 'key', 'key must be a string, got undefined'],
  'nothing at all for an update of JSON': [() => json.putObjectIfMatch(), 'key', 'key must be a string, got undefined'],
  'what JSON makes nothing of': [
    () => json.createObject('k', { toJSON() {} }),
    'value',
    'value must be what JSON can hold (JSON.stringify makes undefined of it), got an instance of Object',
  ],
  'what a hook makes no text of': [
    () => createJsonWrapper(store, { stringify: () => 5 }).createObject('k', {}),
    'value',
    'value must be what JSON can hold (options.stringify makes number 5 of it), got an instance of Object',
  ],
}
for (const [name, call] of Object.entries({
  getObject: (options) => json.getObject('k', options),
  getObjectIfMatch: (options) => json.getObjectIfMatch('k', ifMatch, options),
})) {
  cases[`a part of JSON for ${name}`] = [
    () => call({ range: 'bytes=0-9' }),
    'options.range',
    /^options\.range is not an option; the options are (?!.*range)/,
  ]
}

describe('the message', () => {
  for (const [name, [call, argument, message]] of Object.entries(cases)) {
    it(`of ${name} says what is wrong`, async () => {
      const error = await rejection(call())
      assertArgumentError(error, { name: argument })
      assert.equal(error.argument, argument)
      if (message instanceof RegExp) assert.match(error.message, message)
      else assert.equal(error.message, message)
    })
  }
})
