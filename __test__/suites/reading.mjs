// Every way to read what was got.
import assert from 'node:assert/strict'
import { Readable, Writable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { rejection } from '../support/expect-error.mjs'
import { within } from '../support/wait.mjs'

const small = '{"euro":"€","list":[1,2,3]}'
/** More than is buffered, and of three-byte characters, so that chunks end inside one. */
const large = JSON.stringify('€'.repeat(700_001))

const readers = {
  asString: async (got) => got.asString(),
  asByteArray: async (got) => Buffer.from(await got.asByteArray()).toString(),
  asJson: async (got) => JSON.stringify(await got.asJson()),
  asWebStream: async (got) => text(await got.asWebStream()),
  'response.Body as a stream': async (got) => text(got.response.Body),
  'response.Body.transformToString': async (got) => got.response.Body.transformToString(),
  'response.Body.transformToString in base64': async (got) =>
    Buffer.from(await got.response.Body.transformToString('base64'), 'base64').toString(),
  'response.Body.transformToByteArray': async (got) =>
    Buffer.from(await got.response.Body.transformToByteArray()).toString(),
  'response.Body.transformToWebStream': async (got) => text(got.response.Body.transformToWebStream()),
}

export function reading(context) {
  const { test } = context

  for (const [size, body] of Object.entries({ small, large })) {
    for (const [name, read] of Object.entries(readers)) {
      test(`${name} reads a ${size} object`, async ({ store, bucket }) => {
        await bucket.write(size, body)
        assert.ok((await read(await store.getObject(size))) === body)
      })
    }
  }

  test('asByteArray is a Uint8Array, asWebStream a ReadableStream of them', async ({ store, bucket }) => {
    await bucket.write('types', 'abc')
    const bytes = await (await store.getObject('types')).asByteArray()
    assert.ok(bytes instanceof Uint8Array)
    const stream = await (await store.getObject('types')).asWebStream()
    assert.ok(stream instanceof ReadableStream)
    for await (const chunk of stream) assert.ok(chunk instanceof Uint8Array)
  })

  test('the Body of a get can be piped', async ({ store, bucket }) => {
    await bucket.write('piped', large)
    const { response } = await store.getObject('piped')
    const chunks = []
    const sink = new Writable({ write: (chunk, _, done) => done(null, chunks.push(chunk)) })
    await pipeline(response.Body, sink)
    assert.ok(Buffer.concat(chunks).toString() === large)
  })

  test('asJson of what is no JSON is a SyntaxError', async ({ store, bucket }) => {
    await bucket.write('no-json', '{ no json')
    const got = await store.getObject('no-json')
    assert.equal((await rejection(got.asJson())).name, 'SyntaxError')
  })
}

/** What a native get adds to the SDK's. */
export function nativeReading(context) {
  const { test } = context

  test('an encoding that nobody knows costs no body', async ({ store, bucket }) => {
    await bucket.write('encoding', large)
    const { response } = await store.getObject('encoding')
    assert.equal((await rejection(response.Body.transformToString('klingon'))).code, 'ERR_ENCODING_NOT_SUPPORTED')
    assert.ok((await response.Body.transformToString('utf8')) === large)
  })

  test('a small object can be read in every way, more than once', async ({ store, bucket }) => {
    await bucket.write('again', small)
    const got = await store.getObject('again')
    for (const name of ['asString', 'asByteArray', 'asJson', 'asWebStream', 'asString', 'asJson']) {
      assert.equal(await readers[name](got), small, name)
    }
    assert.equal(await got.response.Body.transformToString(), small)
  })

  test('bytes handed out are the caller’s own', async ({ store, bucket }) => {
    for (const text of ['abc', 'abcde'.repeat(20_000)]) {
      await bucket.write('own', text)
      const got = await store.getObject('own')
      const bytes = await got.asByteArray()
      bytes.fill(0)
      for await (const piece of await got.asWebStream()) piece.fill(0)
      assert.ok((await got.asString()) === text)
    }
  })

  test('a large object is read once, and a second reading says so', async ({ store, bucket }) => {
    await bucket.write('once', large)
    const got = await store.getObject('once')
    assert.ok((await got.asString()) === large)
    assert.ok((await rejection(got.asString())) instanceof Error)
  })

  test('a large object arrives in pieces, not at once', async ({ store, bucket }) => {
    await bucket.write('pieces', large)
    const { response } = await store.getObject('pieces')
    let pieces = 0
    for await (const piece of response.Body) {
      assert.ok(piece.length > 0)
      pieces += 1
    }
    assert.ok(pieces > 1, `${pieces}`)
  })

  test('a reader that stops half-way does not hold up the store', async ({ openStore, bucket }) => {
    await bucket.write('half', Buffer.alloc(4 * 1024 * 1024))
    const store = openStore({ maxConnections: 1 })
    const viaBody = await store.getObject('half')
    for await (const piece of viaBody.response.Body) if (piece.length > 0) break
    assert.ok(viaBody.response.Body.destroyed)
    const viaWeb = await store.getObject('half')
    const reader = (await viaWeb.asWebStream()).getReader()
    await reader.read()
    await reader.cancel()
    const whole = await within(store.getObject('half'), 'a get after two that were broken off')
    assert.equal((await whole.asByteArray()).length, 4 * 1024 * 1024)
  })

  test('cancel ends a get: reading it then fails, the store goes on', async ({ openStore, bucket }) => {
    await bucket.write('cancelled', Buffer.alloc(4 * 1024 * 1024))
    const store = openStore({ maxConnections: 1 })
    const got = await store.getObject('cancelled')
    await got.cancel()
    await got.cancel()
    assert.ok((await rejection(within(got.asByteArray(), 'reading what was cancelled'))) instanceof Error)
    const other = await within(store.getObject('cancelled'), 'a get after a cancelled one')
    assert.equal((await other.asByteArray()).length, 4 * 1024 * 1024)
  })

  test('cancel in the middle of reading ends the reading', async ({ store, bucket }) => {
    await bucket.write('cancelled-reading', Buffer.alloc(8 * 1024 * 1024))
    const got = await store.getObject('cancelled-reading')
    const stream = got.response.Body
    const reading = rejection(
      (async () => {
        for await (const piece of stream) if (piece.length > 0) await got.cancel()
      })(),
    )
    assert.ok((await within(reading, 'a cancelled reading')) instanceof Error)
  })

  test('a get is an async disposable', async ({ openStore, bucket }) => {
    await bucket.write('disposed', Buffer.alloc(4 * 1024 * 1024))
    const store = openStore({ maxConnections: 1 })
    const got = await store.getObject('disposed')
    await got[Symbol.asyncDispose]()
    assert.ok((await rejection(within(got.asString(), 'reading what was disposed of'))) instanceof Error)
    assert.equal((await buffer((await store.getObject('disposed')).response.Body)).length, 4 * 1024 * 1024)
  })

  test('cancelling a small get is harmless', async ({ store, bucket }) => {
    await bucket.write('small-cancelled', small)
    const got = await store.getObject('small-cancelled')
    await got.cancel()
    await got[Symbol.asyncDispose]()
  })

  test('Body is lazy, and a stream of Node’s', async ({ store, bucket }) => {
    await bucket.write('lazy', small)
    const { response } = await store.getObject('lazy')
    assert.ok(response.Body instanceof Readable)
    response.Body.setEncoding('utf8')
    assert.equal((await response.Body.toArray()).join(''), small)
  })
}
