// A server that lies about conditions is found out before the caller's write, and one that is honest is never taken for a liar
// because another writer got in between.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TestBucket } from '../support/bucket.mjs'
import { closeClients, native } from '../support/engines.mjs'
import { rejection } from '../support/expect-error.mjs'
import { FaultServer } from '../support/fault-server.mjs'
import { waitFor } from '../support/wait.mjs'

const bound = 60_000
const keyPrefix = '.s3-store-native/'

/** The calls that have the server prove itself, each on an object that is there, or on a key that is not. */
const calls = {
  createObject: (store) => store.createObject('new', 'x'),
  putObjectIfMatch: (store, etag) => store.putObjectIfMatch('there', 'x', etag),
  update: (store) => store.update('there', () => 'x'),
  deleteObjectIfMatch: (store, etag) => store.deleteObjectIfMatch('there', etag),
  copyObject: (store) => store.copyObject('there', 'new', { ifNoneMatch: '*' }),
}
const puts = ['createObject', 'putObjectIfMatch', 'update']

const ignore = (operation, header) => ({
  match: { operation, headers: { [header]: true } },
  action: { what: 'ignoreCondition' },
})
const answered = { what: 'answer', when: 'after', headers: { etag: '"0123456789abcdef0123456789abcdef"' }, body: '' }

/** Servers that lie, and the calls that must not reach them. */
const lies = {
  'ignores If-None-Match of puts': [['createObject'], ignore('PutObject', 'if-none-match')],
  'ignores If-Match of puts': [['putObjectIfMatch', 'update'], ignore('PutObject', 'if-match')],
  'ignores If-None-Match of copies': [['copyObject'], ignore('CopyObject', 'if-none-match')],
  'ignores If-Match of copies': [['copyObject'], ignore('CopyObject', 'if-match')],
  'ignores If-Match of deletes': [['deleteObjectIfMatch'], ignore('DeleteObject', 'if-match')],
  'says of a refused put that it was done': [
    puts,
    { match: { operation: 'PutObject', status: 412 }, action: { ...answered, status: 200 } },
  ],
  'says of a refused delete that it was done': [
    ['deleteObjectIfMatch'],
    { match: { operation: 'DeleteObject', status: 412 }, action: { ...answered, status: 204 } },
  ],
  'keeps no metadata': [
    [...puts, 'copyObject'],
    { match: { operation: 'HeadObject' }, action: { what: 'dropMetadata' } },
  ],
}

/** @type {FaultServer} */
let server
before(async () => {
  server = await FaultServer.start()
})
after(async () => {
  closeClients()
  await server.stop()
})

describe('a server that', () => {
  for (const [lie, [refused, { match, action }]] of Object.entries(lies)) {
    it(`${lie} is refused before anything of the caller’s is sent`, { timeout: bound }, async () => {
      const bucket = await TestBucket.create(server)
      const etag = await bucket.write('there', 'mine')
      await server.add({ match: { bucket: bucket.name, ...match }, action })
      for (const operation of refused) {
        const error = await rejection(calls[operation](native.open(server, bucket.name), etag))
        assert.equal(error.name, 'UnsupportedBucketOperationError', `${operation}: ${error}`)
        assert.match(error.message, /(ignores If-|user metadata).*, or pass conditions: 'trust' to take the risk/)
        assert.equal(/to a tombstone with putObjectIfMatch/.test(error.message), operation === 'deleteObjectIfMatch')
      }
      const log = await server.log(bucket.name)
      const mine = log.filter(({ key }) => !key.startsWith(keyPrefix))
      assert.deepEqual(
        mine.map(({ key, condition }) => [key, condition]),
        [['there', null]],
      )
      for (const key of ['there', 'new']) {
        const { DeleteObject, CopyObject, PutObject } = (await server.requests(bucket.name, key)).operations
        assert.deepEqual([DeleteObject, CopyObject, PutObject], [undefined, undefined, key === 'there' ? 1 : undefined])
      }
    })
  }

  it('answers a 412 as 304 is not written to', { timeout: bound }, async () => {
    const bucket = await TestBucket.create(server)
    const etag = await bucket.write('there', 'mine')
    const action = { what: 'answer', when: 'after', status: 304 }
    await server.add({ match: { bucket: bucket.name, status: 412 }, action })
    for (const [operation, call] of Object.entries(calls)) {
      const error = await rejection(call(native.open(server, bucket.name), etag))
      assert.ok(error instanceof Error, operation)
    }
    assert.equal(await bucket.text('there'), 'mine')
    assert.equal(await bucket.text('new'), undefined)
  })

  it('gives its etags no quotes is told from its own writes', { timeout: bound }, async () => {
    const bucket = await TestBucket.create(server)
    await server.add({ match: { bucket: bucket.name }, action: { what: 'unquoteEtags' } })
    const { etag } = await native.open(server, bucket.name).createObject('new', 'x')
    assert.match(etag, /^[0-9a-f]{32}$/)
  })
})

/** What another writer does with a key of the proof. */
const interferences = {
  deletes: (bucket, key) => bucket.delete(key),
  overwrites: (bucket, key) => bucket.write(key, 'theirs'),
  restores: (bucket, key, body) => bucket.write(key, body),
}

/** The requests of a proof; those of another writer have neither an id nor a condition. */
const requestsOfProof = [
  { operation: 'HeadObject' },
  { operation: 'PutObject', headers: { 'x-amz-meta-s3-store-write-id': true } },
  { operation: 'DeleteObject', headers: { 'if-match': true } },
  { operation: 'CopyObject' },
]

/**
 * Makes a call that has the server prove itself, with each request of the first proof held until another writer did something.
 * @returns how many requests there were before which that could have been
 */
async function interfered(operation, interfere, step) {
  const bucket = await TestBucket.create(server)
  const etag = await bucket.write('there', 'mine')
  await bucket.write(`${keyPrefix}theirs`, 'kept')
  const gates = []
  for (const gate of requestsOfProof) {
    gates.push(await server.add({ match: { bucket: bucket.name, keyPrefix, ...gate }, action: { what: 'hold' } }))
  }
  let isOver = false
  const call = calls[operation](native.open(server, bucket.name), etag).finally(() => (isOver = true))
  let first
  let body
  let steps = 0
  for (;;) {
    const [held] = await waitFor(
      async () => (isOver ? [undefined] : orNothing(await server.heldBy(...gates))),
      'the next request of the proof',
    )
    if (!held) break
    first ??= held.key
    if (held.key === first) {
      steps += 1
      if (steps === 2) ({ body } = await bucket.read(first))
      if (steps === step) await interfere(bucket, first, body)
    }
    await server.release({ id: held.id })
  }
  await call.finally(() => Promise.all(gates.map((gate) => server.remove(gate))))
  const expected = { createObject: 'mine', copyObject: 'mine', deleteObjectIfMatch: undefined }
  assert.equal(await bucket.text('there'), operation in expected ? expected[operation] : 'x')
  assert.equal(await bucket.text(`${keyPrefix}theirs`), 'kept')
  return steps
}

const orNothing = (held) => (held.length > 0 ? held : undefined)

describe('a server that is honest', () => {
  for (const operation of ['createObject', 'deleteObjectIfMatch', 'copyObject']) {
    for (const [what, interfere] of Object.entries(interferences)) {
      it(`is not refused when another ${what} the key of the proof of ${operation}`, { timeout: bound }, async () => {
        const steps = await interfered(operation, interfere, Infinity)
        assert.ok(steps >= 4, `${steps} requests`)
        const before = Array.from({ length: steps - 1 }, (_, index) => index + 2)
        const ends = await Promise.allSettled(before.map((step) => interfered(operation, interfere, step)))
        const failed = ends.map(({ reason }, index) => reason && `before request ${before[index]}: ${reason}`)
        assert.deepEqual(failed.filter(Boolean), [])
      })
    }
  }
})
