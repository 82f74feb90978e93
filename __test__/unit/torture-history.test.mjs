// How the records of a torture become what is judged.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countersOf } from '../../torture/counters.mjs'
import { learnFromRequests, sawAbsence, serverHistory } from '../../torture/server-history.mjs'
import { callsOf, learnFromCalls, StoreHistory } from '../../torture/store-history.mjs'
import { Writes } from '../../torture/writes.mjs'

/** A request that carried a create of the call `c-1`, of which the server never said anything. */
const create = { client: 'c', method: 'PUT', key: 'k', ifNoneMatch: '*', id: 'i', write: 'c-1/1', sent: 11 }
const applied = { answered: 12, status: 200, etag: 'e' }
const refused = { answered: 12, status: 412, code: 'PreconditionFailed' }
const begun = { call: 'c-1', at: 10, verb: 'create', key: 'k' }
const ok = { call: 'c-1', at: 20, ok: { etag: 'e', id: 'i', write: 'c-1/1' } }
const failed = (name, operation) => ({ call: 'c-1', at: 20, error: { name, operation, message: '' } })

/** What the lines of a client and the requests come to. */
function judged(lines, requests) {
  const writes = new Writes()
  const calls = callsOf('c', lines)
  learnFromRequests(requests, writes)
  learnFromCalls(calls, writes)
  const { operations, broken } = new StoreHistory(calls, requests, writes)
  const short = ({ kind, maybe = false, call, return: end }) => [maybe ? `perhaps ${kind}` : kind, call, end]
  return { operations: operations.map(short), broken: broken.length, contradictions: writes.contradictions.length }
}

const fine = { broken: 0, contradictions: 0 }

describe('the store’s history of a call', () => {
  it('is one write for a success', () => {
    assert.deepEqual(judged([begun, ok], [{ ...create, ...applied }]), { operations: [['write', 10, 20]], ...fine })
  })

  it('has one more for each further request of a success that may have been carried out', () => {
    const requests = [create, { ...create, sent: 13, ...refused }, { ...create, sent: 15, ...applied }]
    assert.deepEqual(judged([begun, ok], requests).operations, [
      ['write', 10, 20],
      ['perhaps write', 11, undefined],
    ])
  })

  it('has nothing but the requests that may have been carried out when nobody knows', () => {
    const requests = [create, { ...create, sent: 13, answered: 14, status: 503 }, { ...create, sent: 15, ...refused }]
    const expected = [
      ['perhaps write', 11, undefined],
      ['perhaps write', 13, undefined],
    ]
    assert.deepEqual(judged([begun, failed('AmbiguousWriteError')], requests), { operations: expected, ...fine })
    assert.deepEqual(judged([begun], requests), { operations: expected, ...fine })
    assert.deepEqual(judged([begun], []), { operations: [], ...fine })
  })

  it('is a refusal for a conflict', () => {
    const { operations, broken } = judged([begun, failed('KeyExistsError')], [{ ...create, ...refused }])
    assert.deepEqual([operations, broken], [[['refused', 10, 20]], 0])
  })

  it('has seen absence in a conditional read of what is not there, and in no other refusal', () => {
    const history = (name) => {
      const lines = [{ call: 'c-1', at: 10, verb: 'readIf', key: 'k', etag: 'e' }, failed(name, 'getObjectIfMatch')]
      return new StoreHistory(callsOf('c', lines), [], new Writes()).operations
    }
    assert.deepEqual(history('NoSuchKey').map(sawAbsence), [true])
    assert.deepEqual(history('StaleDataError').map(sawAbsence), [false])
  })

  it('is broken by an error that says that nothing was written, when something was or may be', () => {
    for (const name of ['KeyExistsError', 'AccessDenied']) {
      assert.equal(judged([begun, failed(name)], [{ ...create, ...applied }]).broken, 1, name)
      assert.equal(judged([begun, failed(name)], [create]).broken, 1, name)
    }
  })

  it('is broken by a success that no request can have made', () => {
    assert.equal(judged([begun, ok], [{ ...create, ...refused }]).broken, 1)
  })

  it('is broken by an error that only a mistake explains', () => {
    for (const name of ['TypeError', 'UnsupportedBucketOperationError', 'ForeignBody']) {
      assert.equal(judged([begun, failed(name)], []).broken, 1, name)
    }
  })

  it('is a read and a write for each round of an update', () => {
    const lines = [
      { call: 'c-1', at: 10, verb: 'update', key: 'k' },
      { call: 'c-1', at: 12, round: 1, saw: null },
      { call: 'c-1', at: 16, round: 2, saw: { etag: 'e0', id: 'i0', write: 'd-1/1' } },
      { call: 'c-1', at: 20, ok: { etag: 'e', id: 'i2', write: 'c-1/2' } },
    ]
    const requests = [
      { ...create, sent: 13, ...refused },
      { ...create, ifNoneMatch: undefined, ifMatch: 'e0', id: 'i2', write: 'c-1/2', sent: 17, ...applied },
    ]
    assert.deepEqual(judged(lines, requests), {
      operations: [
        ['read', 10, 12],
        ['refused', 12, 16],
        ['read', 12, 16],
        ['write', 16, 20],
      ],
      ...fine,
    })
  })
})

describe('the server’s history', () => {
  it('has what was answered, and what may have been carried out', () => {
    const requests = [
      { ...create, ...applied },
      { ...create, ...refused },
      create,
      { ...create, answered: 12, status: 403 },
      { client: 'c', method: 'GET', key: 'k', sent: 20, answered: 21, status: 200, etag: 'e', foundId: 'i' },
      { client: 'c', method: 'HEAD', key: 'k', sent: 20, answered: 21, status: 404 },
    ]
    const writes = new Writes()
    learnFromRequests(requests, writes)
    const kinds = serverHistory(requests, writes).map(({ kind, maybe = false }) => (maybe ? `perhaps ${kind}` : kind))
    assert.deepEqual(kinds, ['write', 'refused', 'perhaps write', 'read', 'read'])
  })
})

describe('writes', () => {
  it('contradict each other when a name, an id and an etag don’t go together', () => {
    const writes = new Writes()
    writes.learn('k', { write: 'a', id: 'ia', etag: 'ea' })
    writes.learn('k', { write: 'b', id: 'ib' })
    assert.deepEqual([writes.etagOf('a'), writes.etagOf('b'), writes.idOf('b')], ['ea', 'unseen:b', 'ib'])
    assert.equal(writes.contradictions.length, 0)
    writes.learn('k', { write: 'b', id: 'ib', etag: 'ea' })
    writes.learn('k', { write: 'a', id: 'other' })
    writes.learn('elsewhere', { write: 'a' })
    assert.equal(writes.contradictions.length, 3)
  })
})

describe('counters', () => {
  const increment = { key: 'n', verb: 'increment', client: 'c' }
  const last = (count) => ({ client: 'end', key: 'n', verb: 'read', ok: { count } })
  const calls = ['ok', 'ok', 'ambiguous', 'killed', 'conflict'].map((outcome) => ({ ...increment, outcome }))

  it('end at what was acknowledged, and at most what nobody knows above it', () => {
    const right = [1, 2, 3, 4, 5].map((count) => countersOf([...calls, last(count)], () => true)[0].isRight)
    assert.deepEqual(right, [false, true, true, true, false])
  })

  it('need their last read', () => {
    assert.equal(countersOf(calls, () => true)[0].isRight, false)
  })

  it('owe nothing to calls that reached nobody', () => {
    assert.equal(countersOf([...calls, last(3)], () => false)[0].isRight, false)
  })
})
