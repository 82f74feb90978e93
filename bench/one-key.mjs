// `npm run bench -- one-key`: what a single key can take: one call at a time, and writers that all update the same object. On MinIO, which
// is on this machine. Prints two tables, and writes nothing down: it is for the README's paragraph on what S3 is not for.
import { startMinio } from '../scripts/servers/minio.mjs'
import { short } from './report/table.mjs'
import { seeder } from './servers/seed.mjs'

const WRITERS = [1, 4, 16]
const bucket = 'one-key'
const body = 'x'.repeat(1024)
const sizes = { whole: { calls: 2000, ms: 10_000 }, quick: { calls: 50, ms: 200 } }

/** @param {{ quick: boolean }} options */
export async function benchOneKey({ quick }) {
  const { calls, ms } = sizes[quick ? 'quick' : 'whole']
  const { default: createS3Store, createJsonWrapper } = await import('../index.js')
  const server = await startMinio()
  const seeds = seeder(server)
  try {
    await seeds.bucket(bucket)
    const { endpoint, region, accessKeyId, secretAccessKey } = server
    const open = () => createS3Store(bucket, { endpoint, region, credentials: { accessKeyId, secretAccessKey } })
    const store = open()
    await store.createObject('object', body)
    console.log('\n| 1 KiB, one at a time | p50 ms | p99 ms |\n| --- | --- | --- |')
    row('get', await timed(calls, async () => (await store.getObject('object')).asString()))
    row('create', await timed(calls, (index) => store.createObject(`object-${index}`, body)))
    console.log('\n| writers of one key | updates/s | rounds each | p50 ms | p99 ms |\n| --- | --- | --- | --- | --- |')
    for (const writers of WRITERS) {
      const key = `counter-${writers}`
      const counters = Array.from({ length: writers }, () => createJsonWrapper(open()))
      await counters[0]?.createObject(key, { count: 0 })
      /** @type {number[]} */
      const took = []
      let tried = 0
      const until = performance.now() + ms
      const update = async (counter) => {
        while (performance.now() < until) {
          const from = performance.now()
          const { rounds } = await counter.update(key, ({ count }) => ({ count: count + 1 }))
          tried += rounds
          took.push(performance.now() - from)
        }
      }
      const from = performance.now()
      await Promise.all(counters.map(update))
      const perSecond = (took.length * 1000) / (performance.now() - from)
      row(`${writers} | ${short(perSecond)} | ${short(tried / took.length)}`, took)
    }
  } finally {
    seeds.close()
    await server.stop()
  }
}

/** @param {number} calls @param {(index: number) => Promise<unknown>} call */
async function timed(calls, call) {
  const took = []
  for (let index = 0; index < calls; index += 1) {
    const from = performance.now()
    await call(index)
    took.push(performance.now() - from)
  }
  return took
}

/** @param {string} name @param {number[]} took */
function row(name, took) {
  const sorted = took.toSorted((one, other) => one - other)
  const at = (share) => short(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))])
  console.log(`| ${name} | ${at(0.5)} | ${at(0.99)} |`)
}
