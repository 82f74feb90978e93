// Those who wait for one signal.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import abort from '../../lib/abort.cjs'
import { bytesLeftBehind } from '../support/heap.mjs'

const { onAbort } = abort

/** A signal that says how many listeners it has. */
function countedSignal() {
  const controller = new AbortController()
  let listeners = 0
  const signal = {
    get aborted() {
      return controller.signal.aborted
    },
    addEventListener(type, listener) {
      listeners += 1
      controller.signal.addEventListener(type, listener)
    },
    removeEventListener(type, listener) {
      listeners -= 1
      controller.signal.removeEventListener(type, listener)
    },
  }
  return { signal, controller, count: () => listeners }
}

describe('those who wait for one signal', () => {
  it('are all told, but for those who no longer wait, and have one listener together', () => {
    const { signal, controller, count } = countedSignal()
    const told = []
    const releases = Array.from({ length: 10 }, (_, one) => onAbort(signal, () => told.push(one)))
    assert.equal(count(), 1)
    for (const one of [9, 0, 4, 4]) releases[one]()
    controller.abort()
    assert.deepEqual(told.toSorted(), [1, 2, 3, 5, 6, 7, 8])
    for (const release of releases) release()
    assert.equal(count(), 0)
  })

  it('may end their waiting while they are told', () => {
    const { signal, controller, count } = countedSignal()
    const told = []
    const releases = Array.from({ length: 5 }, (_, one) =>
      onAbort(signal, () => {
        told.push(one)
        releases[one]()
      }),
    )
    controller.abort()
    assert.deepEqual(told.toSorted(), [0, 1, 2, 3, 4])
    assert.equal(count(), 0)
  })

  it('have a listener again after all had gone', () => {
    const { signal, controller, count } = countedSignal()
    onAbort(signal, () => assert.fail('nobody waits'))()
    assert.equal(count(), 0)
    let told = 0
    onAbort(signal, () => (told += 1))
    controller.abort()
    assert.equal(told, 1)
  })

  it('leave nothing behind for collections of young objects to copy', () => {
    const { signal } = new AbortController()
    const left = bytesLeftBehind(
      (held) => onAbort(signal, () => held),
      (release) => release(),
    )
    assert.ok(left < 4 * 2 ** 20, `${left} bytes`)
  })
})
