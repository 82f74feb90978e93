// Three processes' worth of limiters that share one limit, in the bucket that S3_BUCKET names.
import createS3Store from 's3-store-native'
import { folder, store, tidyUp } from '../support/bucket.mjs'
import { RateLimiter } from './rate-limiter.mjs'

const options = { limit: 30, window: 10, burst: 20, batch: 5, lease: 5, prefix: folder }
const names = ['Ada', 'Ben', 'Cleo']
// A store each, with connections of its own, as processes have.
const stores = names.map(() => createS3Store(store.bucket))
const limiters = stores.map((own) => new RateLimiter(own, options))

console.log('The limit: 30 permits in any 10 s, 20 of them at once, for three limiters together.')
// The server is verified once, by the first writes.
for (const [index, limiter] of limiters.entries()) await limiter.take(`warm-${index}`)
console.log(`In turns: ${await spend('in-turns', inTurns)}.`)
const competing = await spend('api', (take) => Promise.all(names.map((_, index) => atOnce(take, index))))
console.log(`All at once, when those who lose a round have made 3 requests for nothing: ${competing}.`)

const known = stores[0]?.stats().attempts
const { retryAfter = 0 } = (await limiters[0]?.take('api')) ?? {}
console.log(
  `The next one in ${retryAfter.toFixed(1)} s. To say so took ${Number(stores[0]?.stats().attempts) - Number(known)} requests.`,
)

await new Promise((resolve) => setTimeout(resolve, (retryAfter + 1) * 1000))
console.log(`After that: ${JSON.stringify(await limiters[0]?.take('api'))}.`)

// A server that is not there.
const nowhere = createS3Store(store.bucket, { endpoint: 'http://127.0.0.1:1', maxAttempts: 1 })
for (const failOpen of [false, true]) {
  const { allowed, error } = await new RateLimiter(nowhere, { ...options, failOpen }).take('api')
  console.log(`Without S3, ${failOpen ? 'open' : 'closed'}: ${allowed ? 'allowed' : 'denied'} (${Object(error).code}).`)
}

await tidyUp()

/**
 * Uses a limit up, and says who got how much of it, and what it took.
 * @param {string} key
 * @param {(take: (index: number) => Promise<boolean>) => Promise<unknown>} way
 */
async function spend(key, way) {
  const requests = () => stores.reduce((sum, own) => sum + (own.stats().attempts ?? 0), 0)
  const before = requests()
  const permits = names.map(() => 0)
  await way(async (index) => {
    const taken = await limiters[index]?.take(key)
    if (taken?.error) throw taken.error
    if (taken?.allowed) permits[index] = Number(permits[index]) + 1
    return taken?.allowed === true
  })
  const each = names.map((name, index) => `${name} got ${permits[index]}`).join(', ')
  return `${each}. Together ${permits.reduce((sum, one) => sum + one)}, with ${requests() - before} requests`
}

/** @param {(index: number) => Promise<boolean>} take */
async function inTurns(take) {
  for (let left = names.map((_, index) => index); left.length > 0;) {
    const more = []
    for (const index of left) if (await take(index)) more.push(index)
    left = more
  }
}

/** @param {(index: number) => Promise<boolean>} take @param {number} index */
async function atOnce(take, index) {
  while (await take(index));
}
