// Servers close connections when they please. What was idle then costs nothing; what crosses a request on its way never makes
// an outcome false.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { TestBucket } from '../support/bucket.mjs'
import { closeClients, native } from '../support/engines.mjs'
import { FaultServer } from '../support/fault-server.mjs'
import { inParallel } from '../support/parallel.mjs'
import { complaints, etagOf } from './oracle.mjs'

const bound = 120_000
const width = 16
const numbers = Array.from({ length: 500 }, (_, number) => number)

describe('a server that closes connections', () => {
  /** @type {FaultServer} */
  let server
  let bucket
  let store
  /** On a server of its own, whose connections stay. */
  let other
  let calm

  before(async () => {
    server = await FaultServer.start()
    calm = await FaultServer.start()
    other = native.open(calm, (await TestBucket.create(calm)).name)
    await other.createObject('proof', 'x')
  })
  beforeEach(async () => {
    bucket = await TestBucket.create(server)
    store = native.open(server, bucket.name)
    // The server proves itself for creates, and for updates.
    const { etag } = await store.createObject('proof', 'x')
    await store.putObjectIfMatch('proof', 'y', etag)
  })
  after(async () => {
    closeClients()
    await server.stop()
    await calm.stop()
  })

  /** Makes a create and an update of a key, and says how many attempts that took, how it failed, and what was false of it. */
  async function write(key) {
    const end = { found: [], errors: [], attempts: 0 }
    const call = async (body, write) => {
      const [{ value: result, reason: error }] = await Promise.allSettled([write(body)])
      const log = await server.log(bucket.name, key)
      const seen = { result, error, log, ended: log.at(-1)?.seq ?? 0, isReadable: true }
      end.found.push(...complaints({ ...seen, isDelete: false, etags: new Set([etagOf(body)]) }))
      if (error) end.errors.push(error)
      else end.attempts += result.response.$metadata.attempts
      return result?.etag
    }
    const etag = await call(`${key}, created`, (body) => store.createObject(key, body))
    if (etag) await call(`${key}, updated`, (body) => store.putObjectIfMatch(key, body, etag))
    return end
  }

  /** Has the engine look at its connections: the answer to another store's request comes after the news of theirs. */
  async function lookRound() {
    for (let time = 0; time < 2; time += 1) await other.getObject('proof')
  }

  it('while they are idle: no request is repeated, and no call fails', { timeout: bound }, async () => {
    const requests = async () => (await server.requests(bucket.name)).operations.PutObject
    const before = await requests()
    let closed = 0
    for (let round = 0; round < 20; round += 1) {
      const keys = Array.from({ length: width }, (_, number) => `idle-${round}-${number}`)
      for (const end of await inParallel(width, keys, write)) {
        assert.deepEqual(end, { found: [], errors: [], attempts: 2 })
      }
      closed += await server.close()
      await lookRound()
    }
    assert.equal((await requests()) - before, 20 * width * 2)
    assert.ok(closed >= 20, `${closed} connections were closed`)
  })

  it('right after each answer, without saying so: no outcome is false', { timeout: bound }, async (t) => {
    const { connections: before } = await server.requests()
    await server.add({ match: { bucket: bucket.name }, action: { what: 'close' } })
    const ends = await inParallel(width, numbers, (number) => write(`closed-${number}`))
    assert.deepEqual(
      ends.flatMap(({ found }) => found),
      [],
    )
    const { connections } = await server.requests()
    const opened = connections.opened - before.opened
    const attempts = ends.reduce((sum, end) => sum + end.attempts, 0)
    const errors = ends.flatMap((end) => end.errors)
    t.diagnostic(
      `${2 * numbers.length} writes in ${attempts} attempts over ${opened} connections, ${errors.length} errors`,
    )
    assert.ok(opened > numbers.length, `${opened} connections`)
  })
})
