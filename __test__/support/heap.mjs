// What things that come and go leave behind in JavaScript's memory.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const AT_ONCE = 32
// Too few for V8 to collect everything of its own accord, which would hide what was left.
const TIMES = 1500

/**
 * Has things come and go, a few of them there at any time, and says how many bytes of them are left where only young objects were
 * collected. Where nothing is left that is less than 1 MiB, and where everything is, more than 20.
 * @template T
 * @param {(held: unknown) => T} begin something that holds what it is given
 * @param {(thing: T) => void} end
 * @returns {number}
 */
export function bytesLeftBehind(begin, end) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  const things = Array.from({ length: AT_ONCE }, () => begin(undefined))
  // What is reachable now is old from here on.
  collect()
  collect({ type: 'minor' })
  const before = process.memoryUsage().heapUsed
  for (let time = 0; time < TIMES; time += 1) {
    for (const [place, thing] of things.entries()) {
      end(thing)
      things[place] = begin(time % 10 === 0 ? Array.from({ length: 500 }, () => time) : undefined)
    }
  }
  collect({ type: 'minor' })
  return process.memoryUsage().heapUsed - before
}
