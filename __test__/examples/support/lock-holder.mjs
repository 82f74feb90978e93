// One of several processes that want one lock, and under it write to one object, again and again, until it is ended.
// Says what it does, a line of JSON each: { event, token, … }.
// Usage: node lock-holder.mjs <bucket> <options of Lock>
import { setTimeout as sleep } from 'node:timers/promises'
import createS3Store from 's3-store-native'
import { fence } from '../../../examples/lock/fence.mjs'
import { Lock } from '../../../examples/lock/lock.mjs'

const [bucket, options] = process.argv.slice(2)
const store = createS3Store(bucket, { maxAttempts: 6, conditions: 'trust' })
const lock = new Lock(store, 'lock', JSON.parse(options))
const say = (line) => console.log(JSON.stringify({ holder: process.pid, ...line }))
/** Whatever the connection does to it, this program goes on. */
const outcome = (promise) =>
  promise.then(
    (value) => ({ value }),
    (error) => ({ error: error.name }),
  )

process.stdin.resume()
process.stdin.once('end', () => process.exit())

/** A write more, under the token. */
const write = (held) =>
  outcome(
    fence(store, held)
      .update('guarded', (log) => [...(log ?? []), held.token])
      .then(() => 'written'),
  )

for (;;) {
  const { value: lease } = await outcome(lock.acquire())
  if (!lease) continue
  const { token, signal } = lease
  say({ event: 'acquired', token })
  signal.addEventListener('abort', () => say({ event: 'aborted', token, why: signal.reason.message }))
  // Some let go by themselves, as one does whose work is done.
  for (let writes = 0; writes < 40 && !signal.aborted; writes += 1) {
    const { value, error } = await write(lease)
    say({ event: value ?? 'not written', token, error })
    // It has been idle for long enough, when it is frozen, for its own clock to be what stops it.
    await sleep(25)
  }
  // One who doesn't look at the clock has nothing but the fence against it.
  if (signal.reason?.message.includes('in time') || signal.reason?.message.includes('else')) {
    const careless = { token, signal: new AbortController().signal, throwIfLost() {} }
    say({ event: 'tried', token, ...(await write(careless)) })
  }
  say({ event: 'released', token, ...(await outcome(lease.release())) })
}
