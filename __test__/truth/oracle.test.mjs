// The oracle itself is tested: of a store that lies it complains.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { AmbiguousWriteError, KeyExistsError, StaleDataError } from 's3-store-native'
import { TestBucket } from '../support/bucket.mjs'
import { closeClients, native } from '../support/engines.mjs'
import { FaultServer } from '../support/fault-server.mjs'
import { runCell } from './cell.mjs'
import { faults } from './cells.mjs'
import { complaints } from './oracle.mjs'

const bound = 60_000

/** A store that does what it is told, and then says something else of it. */
function lying(store, lie) {
  const told =
    (verb) =>
    async (...args) => {
      const [outcome] = await Promise.allSettled([store[verb](...args)])
      return lie(outcome.reason ?? outcome.value)
    }
  const verbs = ['createObject', 'putObjectIfMatch', 'deleteObjectIfMatch', 'update']
  return {
    ...Object.fromEntries(verbs.map((verb) => [verb, told(verb)])),
    resolveWrite: store.resolveWrite.bind(store),
  }
}

const every = { attempts: 'every attempt', isBlind: true }
const first = { attempts: 'the first attempt', isBlind: false }
const fail = (error) => {
  throw error
}

/** Lies, with a cell in which each is one and what is to be said of it. */
const lies = {
  'a write that landed is a conflict': {
    cell: { operation: 'createObject', fault: 'lost after it was applied', ...every },
    lie: () => fail(new KeyExistsError()),
    complaint: /^KeyExistsError, but it was applied/,
  },
  'an update that landed is a conflict': {
    cell: { operation: 'update', fault: 'lost after it was applied', ...every },
    lie: () => fail(new StaleDataError()),
    complaint: /^StaleDataError, but it was applied/,
  },
  'a write that lands late did not land': {
    cell: { operation: 'putObjectIfMatch', fault: 'held until the call has ended', ...every },
    lie: () => fail(new Error('timed out')),
    complaint: /^Error, but it was applied/,
  },
  'a write that never landed is a success': {
    cell: { operation: 'putObjectIfMatch', fault: 'lost before it is applied', ...every },
    lie: ({ writeId }) => ({ etag: '"e"', response: { ETag: '"e"', writeId } }),
    complaint: /^success, but the write was never applied/,
  },
  'a delete that never took effect is a success': {
    cell: { operation: 'deleteObjectIfMatch', fault: 'lost before it is applied', ...every },
    lie: () => ({ response: {} }),
    complaint: /^success, but nothing was deleted/,
  },
  'a success has another etag': {
    cell: { operation: 'createObject', fault: 'lost after it was applied', ...first },
    lie: ({ response }) => ({ etag: '"e"', response }),
    complaint: /^the etag "e" is not the log’s/,
  },
  'a write that can be seen is ambiguous': {
    cell: { operation: 'createObject', fault: 'lost after it was applied', ...first },
    lie: ({ response: { writeId } }) => fail(Object.assign(new AmbiguousWriteError(), { writeId })),
    complaint: /^ambiguous, though it could be seen to be there/,
  },
  'an ambiguous write has another’s id': {
    cell: { operation: 'update', fault: 'lost after it was applied', ...every },
    lie: () => fail(Object.assign(new AmbiguousWriteError(), { writeId: 'f'.repeat(32) })),
    complaint: /^the id f+ is not that of what was applied/,
  },
}

describe('the oracle complains of a store by which', { concurrency: true }, () => {
  let server
  let bucket
  let store

  before(async () => {
    server = await FaultServer.start()
    bucket = await TestBucket.create(server)
    store = native.open(server, bucket.name)
  })
  after(async () => {
    closeClients()
    await server.stop()
  })

  for (const [name, { cell, lie, complaint }] of Object.entries(lies)) {
    it(name, { timeout: bound }, async () => {
      const run = (store, key) => runCell({ cell: whole, action, key, server, bucket, store })
      const whole = { ...cell, other: 'nobody else writes', when: '', isVersioned: false }
      const [action] = faults[cell.fault]
      assert.deepEqual(await run(store, `${name}, the truth`), [])
      assert.match((await run(lying(store, lie), name)).join('\n'), complaint)
    })
  }
})

describe('the oracle complains of a log in which', () => {
  const id = 'a'.repeat(32)
  const entry = { seq: 1, operation: 'PutObject', writeId: id, etag: '"x"', replaced: null, versionId: null }
  const created = { ...entry, condition: { ifNoneMatch: '*' } }
  const put = { ...entry, replaced: '"e"', condition: { ifMatch: '"e"' } }
  const result = { etag: '"x"', response: { ETag: '"x"', writeId: id } }
  const judge = (log, more) => complaints({ etags: new Set(['"x"']), log, ended: 9, isReadable: true, result, ...more })
  const expect = (name, log, complaint, more) =>
    it(name, () => assert.match(judge(log, more).join('\n') || 'nothing', complaint))

  expect('nothing is wrong: nothing', [created], /^nothing$/)
  expect('a create replaced something', [{ ...created, replaced: '"e"' }], /its condition did not hold/)
  expect('a put replaced something else', [{ ...put, replaced: '"f"' }], /its condition did not hold/)
  expect('a put replaced nothing', [{ ...put, replaced: null }], /its condition did not hold/)
  expect('a write is there twice', [put, { ...put, seq: 2 }], /applied twice, and nobody came between/)
  const restored = { ...put, seq: 2, etag: '"e"', condition: null, writeId: null }
  expect(
    'a write is there twice, as another restored what was there: nothing',
    [put, restored, { ...put, seq: 3 }],
    /^nothing$/,
  )
  expect('a call has two ids', [put, { ...put, seq: 2, writeId: 'b'.repeat(32) }], /writes with 2 ids were applied/)
  expect('a success has another version', [{ ...put, versionId: 'v' }], /the version undefined is not the log’s/)
  const ambiguous = { result: undefined, error: Object.assign(new AmbiguousWriteError(), { writeId: id }) }
  const theirs = { ...put, seq: 2, etag: '"t"', condition: null, writeId: null }
  const version = { ...put, versionId: 'v' }
  expect('an ambiguous write is a version of its own', [version, theirs], /found among the versions/, ambiguous)
  expect('an ambiguous write is hidden by another’s: nothing', [put, theirs], /^nothing$/, ambiguous)
  expect('an ambiguous write landed later: nothing', [put], /^nothing$/, { ...ambiguous, ended: 0 })
  expect('what is unchanged was written', [put], /said to be unchanged/, { result: { ...result, changed: false } })
})
