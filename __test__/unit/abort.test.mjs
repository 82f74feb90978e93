// Those who wait for one signal.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import abort from '../../lib/abort.cjs'

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
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc')
    const { signal } = new AbortController()
    const waitFor = (held) => onAbort(signal, () => held)
    const releases = Array.from({ length: 32 }, () => waitFor())
    // What is reachable now is old from here on.
    collect()
    collect({ type: 'minor' })
    const before = process.memoryUsage().heapUsed
    for (let time = 0; time < 4000; time += 1) {
      for (const [lane, release] of releases.entries()) {
        release()
        releases[lane] = waitFor(time % 10 === 0 ? Array.from({ length: 500 }, () => time) : undefined)
      }
    }
    collect({ type: 'minor' })
    const left = process.memoryUsage().heapUsed - before
    assert.ok(left < 4 * 2 ** 20, `${left} bytes`)
  })
})
