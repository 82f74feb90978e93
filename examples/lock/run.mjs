// Three who want one lock: one lets it go, one falls asleep with it, and one who waits. Takes some seconds.
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import createS3Store from 's3-store-native'
import { folder as own, tidyUp } from '../support/bucket.mjs'
import { fence } from './fence.mjs'
import { Lock } from './lock.mjs'

const folder = workerData?.folder ?? own
const store = createS3Store(String(process.env.S3_BUCKET))
const options = { ttl: 4000, allowance: 1000, poll: 200 }
const lock = new Lock(store, `${folder}lock`, options)
const report = `${folder}report`
const began = workerData?.began ?? Date.now()
/** @param {string} text */
const say = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`)
/** @param {unknown} error */
const told = (error) => (error instanceof Error ? `${error.name}: ${error.message.replace(folder, '')}` : String(error))

if (isMainThread) await main()
else await sleeper()

async function main() {
  const ada = await lock.acquire()
  say(`Ada has the lock, with token ${ada.token}.`)
  await fence(store, ada).update(report, () => ['Ada'])
  const waiting = lock.acquire().then((lease) => {
    say(`Ben has waited for it, and has token ${lease.token}.`)
    return lease
  })
  await sleep(options.ttl + 500)
  say('Ada has it still: it is renewed at each third of its length.')
  await ada.release()
  const ben = await waiting
  await fence(store, ben).update(report, (names) => [...(names ?? []), 'Ben'])
  await ben.release()

  // Someone whose whole thread stands still, as a process does that is stopped, or swapped out.
  const bell = new Int32Array(new SharedArrayBuffer(4))
  const grace = new Worker(new URL(import.meta.url), { workerData: { folder, began, bell } })
  await new Promise((resolve) => grace.once('message', resolve))
  const lease = await lock.acquire()
  say(`Ada has waited for its end, and has token ${lease.token}.`)
  await fence(store, lease).update(report, (names) => [...(names ?? []), 'Ada'])
  Atomics.store(bell, 0, 1)
  Atomics.notify(bell, 0)
  await new Promise((resolve) => grace.once('exit', resolve))
  const { value } = await fence(store, lease).update(report, () => undefined)
  say(`The report is by ${value}.`)
  await lease.release()
  await tidyUp()
}

async function sleeper() {
  const lease = await lock.acquire()
  say(`Grace has the lock, with token ${lease.token}, and falls asleep in the middle of a write.`)
  const writing = fence(store, lease).update(report, (/** @type {string[] | null} */ names) => {
    parentPort?.postMessage('asleep')
    // Nothing in this thread runs now: no timer, no renewal.
    Atomics.wait(workerData.bell, 0, 0)
    return [...(names ?? []), 'Grace']
  })
  await writing.catch((error) => say(`Grace wakes, and her clock stops her. ${told(error)}`))
  // One who doesn't look at the clock is stopped by the object.
  const careless = { token: lease.token, signal: new AbortController().signal, throwIfLost() {} }
  await fence(store, careless)
    .update(report, () => ['Grace'])
    .catch((error) => say(`She writes all the same. ${told(error)}`))
  say(`She releases the lock: ${(await lease.release()) ? 'done' : 'it is not hers, and nothing is changed'}.`)
}
