// Waiting for a condition, with a bound. The bound says "hangs", never "slow".
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves to the first truthy value of `condition`; fails after `bound` milliseconds. */
export async function waitFor(condition, what, bound = 30_000) {
  const end = Date.now() + bound
  for (;;) {
    const value = await condition()
    if (value) return value
    if (Date.now() > end) throw new Error(`waited ${bound} ms for ${what}`)
    await sleep(20)
  }
}

/** The promise's outcome, or a failure when it has none after `bound` milliseconds. */
export async function within(promise, what, bound = 30_000) {
  const timer = new AbortController()
  const late = sleep(bound, undefined, { signal: timer.signal, ref: true }).then(() => {
    throw new Error(`${what} took longer than ${bound} ms`)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    timer.abort()
    late.catch(() => {})
  }
}
