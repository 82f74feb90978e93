// Runs lanes of calls for a while and says what they cost this process.
import { performance } from 'node:perf_hooks'
import { cpuMicros, loopActiveMicros, mainThreadMicros } from './figures.mjs'

/**
 * @typedef {object} Figures of one round
 * @property {number} operations
 * @property {number} cpu µs per operation, user and system, all threads
 * @property {number} loop µs of CPU of the main thread, per operation
 * @property {number} active µs in which the event loop was not idle, per operation
 * @property {number} wall µs per operation: the round's length over its operations
 * @property {number} p50 latency in µs
 * @property {number} p99 latency in µs
 */

/**
 * Keeps every lane busy until `ms` have passed and `operations` calls have begun.
 * @param {(() => Promise<void>)[]} lanes
 * @param {{ ms: number, operations: number }} atLeast
 * @returns {Promise<Figures>}
 */
export async function measure(lanes, { ms, operations }) {
  /** @type {number[]} */
  const latencies = []
  let begun = 0
  const active = loopActiveMicros()
  const main = mainThreadMicros()
  const cpu = cpuMicros()
  const start = performance.now()
  const end = start + ms
  const run = async (lane) => {
    let now = performance.now()
    while (begun < operations || now < end) {
      begun += 1
      const before = now
      await lane()
      now = performance.now()
      latencies.push(now - before)
    }
  }
  await Promise.all(lanes.map((lane) => run(lane)))
  const wall = (performance.now() - start) * 1000
  const each = (micros) => micros / latencies.length
  const figures = {
    operations: latencies.length,
    cpu: each(cpuMicros() - cpu),
    loop: each(mainThreadMicros() - main),
    active: each(loopActiveMicros() - active),
    wall: each(wall),
  }
  const sorted = Float64Array.from(latencies).toSorted()
  return { ...figures, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}

/** @param {Float64Array} sorted in ms @param {number} part */
function quantile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] * 1000
}
