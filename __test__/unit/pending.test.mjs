// The numbers of calls that are pending, and what is left of those that are settled.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import pendingCalls from '../../lib/native/pending.cjs'
import { bytesLeftBehind } from '../support/heap.mjs'

const { PendingCalls } = pendingCalls
const LAST_NUMBER = 2 ** 32 - 1

/** @param {InstanceType<typeof PendingCalls>} pending @param {object} [more] */
function begin(pending, more) {
  const call = pending.next()
  pending.add({ call, ...more })
  return call
}

describe('calls that are pending', () => {
  it('have numbers of their own, however many there are', () => {
    const pending = new PendingCalls()
    const calls = Array.from({ length: 100_000 }, () => begin(pending))
    assert.equal(new Set(calls).size, calls.length)
    for (const call of calls) assert.equal(pending.get(call)?.call, call)
    for (const call of calls) assert.equal(pending.take(call)?.call, call)
    for (const call of calls) assert.equal(pending.get(call), undefined)
  })

  it('keep their numbers while others come and go', () => {
    const pending = new PendingCalls()
    const old = [begin(pending), begin(pending), begin(pending)]
    for (let time = 0; time < 1000; time += 1) {
      const call = begin(pending)
      assert.ok(!old.includes(call))
      assert.equal(pending.take(call)?.call, call)
    }
    for (const call of old) assert.equal(pending.get(call)?.call, call)
  })

  it('are taken once', () => {
    const pending = new PendingCalls()
    const call = begin(pending)
    assert.equal(pending.take(call)?.call, call)
    assert.equal(pending.take(call), undefined)
  })

  it('are not taken for one whose number was another', () => {
    const pending = new PendingCalls()
    const first = begin(pending)
    pending.take(first)
    for (let time = 0; time < 1000; time += 1) begin(pending)
    assert.equal(pending.get(first), undefined)
    assert.equal(pending.take(first), undefined)
  })

  it('have numbers of 32 bits, and never 0, which is nobody', () => {
    const pending = new PendingCalls(LAST_NUMBER - 2)
    assert.deepEqual([begin(pending), begin(pending), begin(pending)], [LAST_NUMBER - 1, LAST_NUMBER, 1])
    for (const call of [LAST_NUMBER - 1, LAST_NUMBER, 1]) assert.equal(pending.take(call)?.call, call)
  })

  it('have numbers that are not pending, when the numbers come round again', () => {
    const pending = new PendingCalls()
    const first = begin(pending)
    const again = new PendingCalls(LAST_NUMBER)
    again.add({ call: first })
    assert.notEqual(again.next(), first)
  })

  it('leave nothing behind for collections of young objects to copy', () => {
    const pending = new PendingCalls()
    const left = bytesLeftBehind(
      (held) => begin(pending, { held }),
      (call) => pending.take(call),
    )
    assert.ok(left < 4 * 2 ** 20, `${left} bytes`)
  })
})
