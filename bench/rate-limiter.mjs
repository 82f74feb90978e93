// `npm run bench -- rate-limiter`: how many permits processes get from one key of examples/rate-limiter, with and without leases. Prints a
// table, and writes nothing down: it is about the example, not about the package.
import { startDevServer } from '../scripts/servers/dev-server.mjs'
import { startMinio } from '../scripts/servers/minio.mjs'
import { median } from './report/figures.mjs'
import { short } from './report/table.mjs'
import { seeder } from './servers/seed.mjs'

/** @typedef {import('../scripts/servers/process.mjs').Running} Running */

const BATCHES = [1, 10, 100]
const LIMITERS = 4
const CALLERS = 8
const bucket = 'rate-limiter'
const rounds = { whole: { count: 5, ms: 2000 }, quick: { count: 1, ms: 200 } }

/** @param {{ quick: boolean }} options */
export async function benchRateLimiter({ quick }) {
  const { count, ms } = rounds[quick ? 'quick' : 'whole']
  const program = process.env.S3_STORE_DEV_SERVER
  console.log(`\n${LIMITERS} limiters with connections of their own, one key, ${count} rounds of ${ms} ms\n`)
  console.log('| server | callers each | leases of at most | permits/s | requests/permit | p50 µs | p99 µs |')
  console.log('| --- | --- | --- | --- | --- | --- | --- |')
  for (const start of [() => startDevServer({ program }), startMinio]) {
    const server = await start()
    const seeds = seeder(server)
    try {
      await seeds.bucket(bucket)
      for (const callers of [1, CALLERS]) {
        for (const batch of BATCHES) {
          const measured = []
          for (let round = 0; round < count; round += 1) {
            measured.push(await measure(server, { batch, callers, ms, key: `${callers}-${batch}-${round}` }))
          }
          const figures = ['perSecond', 'requests', 'p50', 'p99'].map((name) =>
            short(median(measured.map((it) => it[name]))),
          )
          console.log(`| ${[server.name, callers, batch, ...figures].join(' | ')} |`)
        }
      }
    } finally {
      seeds.close()
      await server.stop()
    }
  }
}

/** @param {Running} server @param {{ batch: number, callers: number, ms: number, key: string }} options */
async function measure({ endpoint, region, accessKeyId, secretAccessKey }, { batch, callers, ms, key }) {
  const { default: createS3Store } = await import('../index.js')
  const { RateLimiter } = await import('../examples/rate-limiter/rate-limiter.mjs')
  const place = { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
  const stores = Array.from({ length: LIMITERS }, () => createS3Store(bucket, place))
  // So many that nobody is ever denied, and leases for as long as it takes to get one from so many.
  const limiters = stores.map(
    (store) => new RateLimiter(store, { limit: 2e9, window: 10, batch, timeout: 60, lease: 5 }),
  )
  // The object is made, and the server verified.
  for (const limiter of limiters) await limiter.take(key)
  const requests = () => stores.reduce((sum, store) => sum + (store.stats().attempts ?? 0), 0)
  const [begun, known] = [performance.now(), requests()]
  /** @type {number[]} */
  const waits = []
  const call = async (limiter) => {
    for (;;) {
      const from = performance.now()
      if (from - begun > ms) return
      const { allowed, error } = await limiter.take(key)
      if (!allowed) throw error
      waits.push((performance.now() - from) * 1000)
      // Permits that are at hand are had without the event loop, which others need.
      if (waits.length % 64 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await Promise.all(limiters.flatMap((limiter) => Array.from({ length: callers }, () => call(limiter))))
  const seconds = (performance.now() - begun) / 1000
  waits.sort((a, b) => a - b)
  const at = (share) => waits[Math.min(waits.length - 1, Math.floor(share * waits.length))]
  return {
    perSecond: waits.length / seconds,
    requests: (requests() - known) / waits.length,
    p50: at(0.5),
    p99: at(0.99),
  }
}
