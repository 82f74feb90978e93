// Starts many calls at once and counts the descriptors of the process meanwhile.
import { readdirSync } from 'node:fs'
import createS3Store from 's3-store-native'

const [, , bucket, count = '10000', maxConnections] = process.argv
const store = createS3Store(bucket, { ...(maxConnections && { maxConnections: Number(maxConnections) }) })
const descriptors = () => readdirSync('/proc/self/fd').length

await store.createObject('key', 'x')
const baseline = descriptors()
let most = baseline
const timer = setInterval(() => {
  most = Math.max(most, descriptors())
}, 5)
let read = 0
let written = 0
await Promise.all(
  Array.from({ length: Number(count) }, async (_, number) => {
    if (number % 10 === 0) {
      await store.createObject(`key-${number}`, String(number))
      written += 1
    } else {
      const got = await store.getObject('key')
      if ((await got.asString()) === 'x') read += 1
    }
  }),
)
clearInterval(timer)
console.log(JSON.stringify({ baseline, most, read, written }))
