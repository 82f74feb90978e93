// One of several processes that take permits as fast as they get them, with a clock that is wrong. Says for each permit `[before, after]`:
// the moments, in seconds, between which it was given, by the machine's own clock, which all processes share.
// Usage: node permit-taker.mjs <bucket> <milliseconds by which its clock is wrong> <options of RateLimiter>
import { setTimeout as sleep } from 'node:timers/promises'

const [bucket, skew, options] = process.argv.slice(2)

const RealDate = Date
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length > 0) super(...args)
    else super(Date.now())
  }

  static now() {
    return RealDate.now() + Number(skew)
  }
}

const { default: createS3Store } = await import('s3-store-native')
const { RateLimiter } = await import('../../../examples/rate-limiter/rate-limiter.mjs')

const limiter = new RateLimiter(createS3Store(bucket, { maxAttempts: 6 }), JSON.parse(options))
const seconds = () => Number(process.hrtime.bigint()) / 1e9

process.stdin.resume()
process.stdin.once('end', () => process.exit())
console.log('"ready"')

for (;;) {
  const before = seconds()
  const { allowed, retryAfter = 0 } = await limiter.take('hot')
  if (allowed) console.log(JSON.stringify([before, seconds()]))
  // Whether it may or not, what else happens in this process gets its turn.
  await sleep(Math.min(retryAfter, 0.05) * 1000)
}
