// A mock's Body need not be the SDK's stream.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import createS3Store from 's3-store-native'
import { rejection } from '../support/expect-error.mjs'

const json = '{"euro":"€"}'
const bodies = {
  'a string': () => json,
  'a Buffer': () => Buffer.from(json),
  'a Uint8Array': () => new TextEncoder().encode(json),
  'a Readable': () => Readable.from([Buffer.from(json)]),
  'a web stream': () => new Blob([json]).stream(),
  'a Blob': () => new Blob([json]),
  'what the SDK gives': () => ({
    transformToString: async () => json,
    transformToByteArray: async () => new TextEncoder().encode(json),
    transformToWebStream: () => new Blob([json]).stream(),
  }),
}

const got = (Body) => createS3Store('bucket', { client: { send: async () => ({ Body }) } }).getObject('key')

for (const [name, make] of Object.entries(bodies)) {
  describe(`${name} as Body`, () => {
    it('is read as text, bytes, JSON and a web stream', async () => {
      assert.equal(await (await got(make())).asString(), json)
      assert.deepEqual(await (await got(make())).asByteArray(), new TextEncoder().encode(json))
      assert.deepEqual(await (await got(make())).asJson(), { euro: '€' })
      assert.equal(await text(await (await got(make())).asWebStream()), json)
    })

    it('is read as a stream of Node’s and piece by piece', async () => {
      assert.equal(await text(await (await got(make())).asNodeStream()), json)
      const pieces = []
      for await (const piece of await got(make())) {
        assert.ok(Buffer.isBuffer(piece))
        pieces.push(piece)
      }
      assert.equal(Buffer.concat(pieces).toString(), json)
    })

    it('can be cancelled', async () => {
      await (await got(make())).cancel()
    })
  })
}

it('no Body at all is an error of its own', async () => {
  const result = await got(undefined)
  for (const read of ['asString', 'asByteArray', 'asJson', 'asWebStream']) {
    assert.match((await rejection(result[read]())).message, /no Body/)
  }
  assert.match((await rejection(text(await result.asNodeStream()))).message, /no Body/)
  await result.cancel()
})

describe('giving up a Body', () => {
  const refusing = {
    'that somebody else reads': () => {
      const stream = new Blob(['x']).stream()
      stream.getReader()
      return stream
    },
    'whose cancel rejects': () => ({ cancel: () => Promise.reject(new Error('not now')) }),
    'whose cancel throws': () => ({
      cancel() {
        throw new Error('not now')
      },
    }),
    'whose destroy throws': () => ({
      destroy() {
        throw new Error('not now')
      },
    }),
  }
  for (const [name, make] of Object.entries(refusing)) {
    it(`${name} fails neither the call nor, unheard, the process`, async () => {
      const result = await got(make())
      assert.equal(await result.cancel(), undefined)
      // A rejection that nobody handles is told after this turn, and fails the test.
      await new Promise(setImmediate)
    })
  }

  it('has ended when the call resolves', async () => {
    let ended = false
    const Body = {
      async cancel() {
        await new Promise(setImmediate)
        ended = true
      },
    }
    await (await got(Body)).cancel()
    assert.ok(ended)
  })
})
