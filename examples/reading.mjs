// Reads less than everything: a part, only what changed, only what is known of an object, or whether there is one.
import { folder, store, tidyUp } from './support/bucket.mjs'

const key = `${folder}alphabet`
const { etag } = await store.createObject(key, 'abcdefghijklmnopqrstuvwxyz', {
  contentType: 'text/plain',
  metadata: { language: 'en' },
})

// A part: first and last byte, as in fs.createReadStream, or as in the header.
const middle = await store.getObject(key, { range: { start: 10, end: 14 } })
console.log(`Bytes 10 to 14: ${await middle.asString()} (${middle.response.ContentRange}).`)
const end = await store.getObject(key, { range: 'bytes=-3' })
console.log(`The last three: ${await end.asString()}.`)

// Beyond the end there is nothing, which S3 has a name for.
try {
  await store.getObject(key, { range: 'bytes=100-' })
} catch (error) {
  if (!(error instanceof Error && error.name === 'InvalidRange')) throw error
  console.log('From byte 100: InvalidRange.')
}

// Only if it has changed: an answer, not an error.
const known = await store.getObject(key, { ifNoneMatch: etag })
console.log(known.notModified ? 'It has not changed.' : `It is new: ${await known.asString()}`)

// All but the bytes.
const { response } = await store.headObject(key)
console.log(`${response.ContentLength} bytes of ${response.ContentType}, in ${response.Metadata?.language}.`)

// Or just whether there is something.
console.log(`Here: ${await store.exists(key)}. Elsewhere: ${await store.exists(`${folder}beta`)}.`)

// The headers of an answer can be other than the object's own: for a link, mostly.
const named = await store.getObject(key, { responseContentDisposition: 'attachment; filename="abc.txt"' })
console.log(`Sent as ${named.response.ContentDisposition}.`)
await named.cancel()

await tidyUp()
