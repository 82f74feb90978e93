// Checksums: what is written is what was sent, and what is read is what was written.
import createS3Store, { ChecksumMismatchError } from 's3-store-native'
import { folder, store, tidyUp } from './support/bucket.mjs'

const key = `${folder}ledger`

// Computed here while it is sent, checked by S3 before it takes the object, and kept with it. Streams in parts, too.
async function* lines() {
  for (let line = 1; line <= 3; line += 1) yield `line ${line}\n`
}
await store.createObject(key, lines(), { contentType: 'text/plain', checksum: 'CRC32' })
const { response } = await store.headObject(key, { checksumMode: 'ENABLED' })
console.log(`Kept with ${response.ChecksumCRC32}.`)

// Compared while it is read. What does not fit is an error, and never the end of a body.
try {
  const got = await store.getObject(key, { checksumMode: 'ENABLED' })
  console.log(`Read ${(await got.asString()).length} characters: they are what was written.`)
} catch (error) {
  if (!(error instanceof ChecksumMismatchError)) throw error
  console.log(`Damaged: ${error.message}.`)
}

// On AWS that is done always, with CRC64NVME. On another server a store can say so.
const careful = createS3Store(store.bucket, { checksum: 'CRC64NVME' })
await careful.createObject(`${key}-2`, 'line 4')
const again = await careful.getObject(`${key}-2`)
console.log(`Both ways: ${again.response.ChecksumCRC64NVME}, ${await again.asString()}.`)

await tidyUp()
