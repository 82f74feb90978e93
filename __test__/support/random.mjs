// Draws that a seed repeats.

/** The seed of this run: the one in the environment, or a new one. Printed by who uses it. */
export const seed = Number(process.env.S3_STORE_SEED ?? Math.floor(Math.random() * 2 ** 32))

/** A generator of numbers from 0 to 1 (mulberry32). @param {number} from */
export function generator(from) {
  let state = from >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of the choices. @template T @param {() => number} random @param {T[]} choices @returns {T} */
export const pick = (random, choices) => choices[Math.floor(random() * choices.length)]
