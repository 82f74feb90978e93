// Streams out: what a get gives piece by piece, on real servers, with sockets that are watched, and with answers that break off.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { TestBucket } from './support/bucket.mjs'
import { closeClients, delegated, nativeEngines } from './support/engines.mjs'
import { rejection } from './support/expect-error.mjs'
import { FaultServer } from './support/fault-server.mjs'
import { runSuite } from './support/matrix.mjs'
import { runScripted } from './support/scripted.mjs'
import { ScriptedServer } from './support/scripted-server.mjs'
import { heldStreams, rest, streams, streamsAndSockets, wholeStreams } from './suites/streams.mjs'

runSuite(wholeStreams)
runSuite(heldStreams, { engines: nativeEngines })
runScripted(streamsAndSockets)

const KiB = 1024
const MiB = 1024 * KiB
const body = randomBytes(8 * MiB)

describe('a stream whose connection breaks', () => {
  /** @type {FaultServer} */
  let server
  let bucket

  before(async () => {
    server = await FaultServer.start()
    bucket = await TestBucket.create(server)
  })
  after(async () => {
    closeClients()
    await server.stop()
  })

  /** A get whose transfer breaks off in the middle, `times` times, of which one piece was read. */
  async function broken(engine, open, times = 1) {
    const key = `${engine.name}-${times}-${randomBytes(4).toString('hex')}`
    const etag = await bucket.write(key, body)
    const action = { what: 'truncate', bytes: 2 * MiB, of: 'body', reset: times % 2 === 0 }
    const rule = await server.add({ match: { bucket: bucket.name, key, operation: 'GetObject' }, times, action })
    const got = await engine.open(server, bucket.name).getObject(key)
    assert.equal(got.etag, etag)
    const iterator = await open(got)
    const pieces = [(await iterator.next()).value]
    return { key, rule, iterator, pieces }
  }

  for (const [kind, open] of Object.entries(streams)) {
    for (const engine of nativeEngines) {
      describe(`${kind}, ${engine.name}`, () => {
        for (const times of [1, 2]) {
          it(`is taken up again where it broke, ${times} times`, { timeout: 60_000 }, async () => {
            const { key, rule, iterator, pieces } = await broken(engine, open, times)
            assert.ok(body.equals(await rest(iterator, pieces)))
            assert.deepEqual(await server.acted(rule), [times])
            const { operations } = await server.requests(bucket.name, key)
            assert.deepEqual(operations, { PutObject: 1, GetObject: 1 + times })
          })
        }

        it('is a StaleDataError once the object has changed, and never a mixture', { timeout: 60_000 }, async () => {
          const { key, iterator, pieces } = await broken(engine, open)
          await bucket.write(key, randomBytes(8 * MiB))
          const error = await rejection(rest(iterator, pieces))
          assert.deepEqual([error.name, error.key], ['StaleDataError', key])
          const read = Buffer.concat(pieces)
          assert.ok(read.length <= 2 * MiB && body.subarray(0, read.length).equals(read))
        })

        it('is S3’s error once the object is gone', { timeout: 60_000 }, async () => {
          const { key, iterator, pieces } = await broken(engine, open)
          await bucket.delete(key)
          assert.equal((await rejection(rest(iterator, pieces))).name, 'NoSuchKey')
        })
      })
    }

    it(`${kind}, ${delegated.name}: is an error, and not the end`, { timeout: 60_000 }, async () => {
      const { iterator, pieces } = await broken(delegated, open)
      assert.ok((await rejection(rest(iterator, pieces))) instanceof Error)
      const read = Buffer.concat(pieces)
      assert.ok(body.subarray(0, read.length).equals(read))
    })
  }
})

describe('the pieces of a stream', () => {
  const large = body.subarray(0, 300 * KiB)
  const small = body.subarray(0, 100)
  /** @type {ScriptedServer} */
  let server

  before(async () => {
    server = await ScriptedServer.start((request, response) => {
      const bytes = request.path.includes('large') ? large : small
      response.writeHead(200, { 'content-length': bytes.length, etag: '"tag"' })
      response.write(bytes.subarray(0, -10))
      // The last piece of each is small.
      setTimeout(() => response.end(bytes.subarray(-10)), 100)
    })
  })
  after(async () => {
    closeClients()
    await server.close()
  })

  for (const [kind, open] of Object.entries(streams)) {
    for (const engine of nativeEngines) {
      it(`are of memory that nobody else has, ${kind}, ${engine.name}`, { timeout: 60_000 }, async () => {
        const store = engine.open(server, 'bucket')
        const read = async (key) => {
          const pieces = []
          const got = await store.getObject(key)
          const sum = await rest(await open(got), pieces)
          for (const piece of pieces) {
            assert.equal(piece.buffer.byteLength, piece.byteLength)
            structuredClone(piece, { transfer: [piece.buffer] })
          }
          return { sum, response: got.response }
        }
        const keys = Array.from({ length: 10 }, () => ['large', 'small']).flat()
        for (const [at, { sum, response }] of (await Promise.all(keys.map(read))).entries()) {
          const sent = keys[at] === 'large' ? large : small
          assert.ok(sent.equals(sum))
          assert.equal(response.ContentLength, sent.length)
        }
      })
    }
  }
})
