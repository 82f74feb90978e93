// Reads bodies as they come: the server waits for the reader, and a transfer that breaks off goes on where it was, with the
// same object.
import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { folder, store, tidyUp } from './support/bucket.mjs'

const key = `${folder}large`
await store.createObject(key, Buffer.alloc(3_000_000, 'all work and no play\n'), { contentType: 'text/plain' })

// Chunk by chunk.
const hash = createHash('sha256')
let bytes = 0
for await (const chunk of await store.getObject(key)) {
  hash.update(chunk)
  bytes += chunk.length
}
console.log(`Read ${bytes} bytes: sha256 ${hash.digest('hex').slice(0, 8)}.`)

// As a Node stream, through whatever takes one.
let packed = 0
const got = await store.getObject(key)
await pipeline(await got.asNodeStream(), createGzip(), async (compressed) => {
  for await (const chunk of compressed) packed += chunk.length
})
console.log(`Compressed on the way, it is ${packed < bytes ? 'smaller' : 'larger'}.`)

// As a web stream: for a Response, say.
const web = await (await store.getObject(key)).asWebStream()
console.log(`As a Response: ${(await new Response(/** @type {ReadableStream} */ (web)).text()).length} characters.`)

// Who leaves early gives the rest up, and with it the connection.
for await (const chunk of await store.getObject(key)) {
  console.log(`The first line: "${Buffer.from(chunk).toString().split('\n')[0]}".`)
  break
}

await tidyUp()
