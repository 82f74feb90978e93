// 20,000 gets, or some more, of small, buffered and streamed objects. Every second one is never read.
import { setTimeout as sleep } from 'node:timers/promises'
import createS3Store from 's3-store-native'

const store = createS3Store(process.argv[2])
const sizes = { tiny: 2 * 1024, buffered: 32 * 1024, handedOver: 100 * 1024, streamed: 300 * 1024 }
for (const [key, size] of Object.entries(sizes)) await store.createObject(key, Buffer.alloc(size, 'x'))

/** One get in a hundred is streamed: those that are unread keep their connection until they are given up or collected. */
const keyOf = (number) => {
  if (number % 100 < 2) return 'streamed'
  if (number % 100 < 6) return 'handedOver'
  return number % 10 < 4 ? 'buffered' : 'tiny'
}

async function get(number) {
  const got = await store.getObject(keyOf(number))
  if (number % 2 === 0) return
  const bytes = await got.asByteArray()
  if (bytes.length !== got.response.ContentLength) throw new Error(`${bytes.length} bytes of ${keyOf(number)}`)
}

let number = 0
async function gets(count) {
  const end = number + count
  const lane = async () => {
    while (number < end) {
      number += 1
      await get(number)
    }
  }
  await Promise.all(Array.from({ length: 16 }, lane))
}

/** What is in use once garbage is collected, the least of a few looks: collecting native handles takes turns of the loop. */
async function inUse() {
  let least
  for (let look = 0; look < 10; look += 1) {
    globalThis.gc()
    await sleep(50)
    const { heapUsed, external, rss } = process.memoryUsage()
    if (!least) least = { heapUsed, external, rss }
    least = {
      heapUsed: Math.min(least.heapUsed, heapUsed),
      external: Math.min(least.external, external),
      rss: Math.min(least.rss, rss),
    }
  }
  return least
}

// Collecting by hand changes how V8 sizes its spaces from then on: once before the first figure, so that it is not in it.
await gets(2_000)
await inUse()
await gets(8_000)
let early
let late = await inUse()
// What leaks does so each time. An allocator and V8 may still take their working size once, later on a busy machine.
for (let round = 0; round < 3; round += 1) {
  early = late
  await gets(10_000)
  late = await inUse()
  if (late.rss - early.rss < 16 * 1024 * 1024) break
}
console.log(JSON.stringify({ early, late }))
