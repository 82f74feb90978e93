// What a process can say of itself: CPU, the main thread's part of it, and memory.
import { readFileSync, writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

const NS_PER_US = 1000
const KIB = 1024

/** User and system time of all threads, in µs. */
export function cpuMicros() {
  const { user, system } = process.cpuUsage()
  return user + system
}

/**
 * The CPU time of the main thread, in µs: what the event loop can't give to anybody else. The scheduler's own count, in
 * nanoseconds. It is taken instead of `eventLoopUtilization` because that is wall time: on a machine whose cores are all in use
 * it counts the time in which the thread waits for a core, and it leaves out what the poll itself costs.
 */
export function mainThreadMicros() {
  try {
    const [nanos] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')
    return Number(nanos) / NS_PER_US
  } catch {
    return Number.NaN
  }
}

/** The time the event loop was not idle, in µs of wall time. Bun does not count it. */
export function loopActiveMicros() {
  return performance.eventLoopUtilization().active * 1000
}

/** The largest resident set since the start or the last `resetPeak`, in bytes. */
export function peakBytes() {
  return statusBytes('VmHWM')
}

/** The resident set now, in bytes. */
export function residentBytes() {
  return statusBytes('VmRSS')
}

/** Makes the kernel forget the largest resident set. */
export function resetPeak() {
  writeFileSync('/proc/self/clear_refs', '5')
}

/** @param {string} name */
function statusBytes(name) {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * KIB
}
