// Several writers per key under a mixture of faults: whatever they are told is held against the server's log.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TestBucket } from '../support/bucket.mjs'
import { closeClients, native } from '../support/engines.mjs'
import { FaultServer } from '../support/fault-server.mjs'
import { generator, seed } from '../support/random.mjs'
import { complaints } from './oracle.mjs'
import { Writer } from './writer.mjs'

const bound = 120_000
const keys = 8
const writersOfKey = 4
const callsOfWriter = 8

const writes = { operation: ['PutObject', 'DeleteObject'] }
const conflict = { what: 'answer', when: 'before', status: 409, code: 'ConditionalRequestConflict' }

/** What happens to requests, and how often. */
const mixture = [
  [writes, 0.08, { what: 'drop', when: 'before' }],
  [writes, 0.05, { what: 'answer', when: 'before', status: 503 }],
  [writes, 0.05, conflict],
  [writes, 0.05, { what: 'hold', until: { attempt: 2 }, meanwhile: 'drop' }],
  [writes, 0.05, { what: 'hold', until: 'write', meanwhile: { answer: { status: 500 } } }],
  [writes, 0.05, { what: 'hold', meanwhile: 'drop' }],
  [writes, 0.1, { what: 'drop', when: 'after', reset: true }],
  [writes, 0.05, { what: 'truncate', bytes: 10 }],
  [writes, 0.05, { what: 'answer', when: 'after', status: 500 }],
  [{ operation: 'HeadObject' }, 0.4, { what: 'drop', when: 'before' }],
  [{ operation: 'ListObjectVersions' }, 0.3, { what: 'answer', when: 'before', status: 500 }],
  [{ operation: 'GetObject' }, 0.1, { what: 'truncate', bytes: 5, of: 'body' }],
]

describe(`random runs (S3_STORE_SEED=${seed})`, () => {
  /** @type {FaultServer} */
  let server

  before(async () => {
    server = await FaultServer.start(seed)
  })
  after(async () => {
    closeClients()
    await server.stop()
  })

  for (const isVersioned of [false, true]) {
    const title = `what ${keys * writersOfKey} writers are told is true${isVersioned ? ', versioned' : ''}`
    it(title, { timeout: bound }, async (t) => {
      const bucket = await TestBucket.create(server)
      if (isVersioned) await bucket.keepVersions()
      const store = native.open(server, bucket.name)
      // The server proves itself before the faults begin.
      const { etag } = await store.createObject('proof', 'x')
      await store.deleteObjectIfMatch('proof', etag)

      for (const [matches, probability, action] of mixture) {
        await server.add({ match: { bucket: bucket.name, ...matches }, probability, action })
      }
      const writers = Array.from({ length: keys * writersOfKey }, (_, number) => {
        const random = generator(seed + number)
        return new Writer({ name: `writer ${number}`, key: `key-${number % keys}`, server, store, random })
      })
      await Promise.all(writers.map((writer) => writer.run(callsOfWriter)))
      await server.removeAll()
      await server.release()

      const calls = writers.flatMap((writer) => writer.calls)
      t.diagnostic(`${calls.length} calls: ${JSON.stringify(countBy(calls, outcomeOf))}`)
      const found = []
      for (const call of calls) {
        const log = await server.log(bucket.name, call.key)
        for (const complaint of complaints({ ...call, log })) found.push(`${call.name}: ${complaint}`)
      }
      assert.deepEqual(found, [])
      assert.ok(calls.length > (writers.length * callsOfWriter) / 2, 'most writers got to write')
    })
  }
})

const outcomeOf = ({ result, error }) =>
  error?.name ??
  (result.response.recovered ? 'recovered' : 'success') + (result.response.current === false ? ', not current' : '')

/** @template T @param {T[]} items @param {(item: T) => string} of */
function countBy(items, of) {
  const counts = {}
  for (const item of items) counts[of(item)] = (counts[of(item)] ?? 0) + 1
  return counts
}
