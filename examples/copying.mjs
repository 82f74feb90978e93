// Copies within the bucket, without the bytes coming here. What is written has a condition, as in every write; so can what is read.
//
// MinIO and versitygw ignore the condition of a copy by one request, and are refused with an UnsupportedBucketOperationError. They
// honour that of a copy by parts: what is below of partSize works there, too.
import { KeyExistsError, StaleDataError } from 's3-store-native'
import { folder, store, tidyUp } from './support/bucket.mjs'

const draft = `${folder}draft`
const published = `${folder}published`
const source = await store.createObject(draft, 'Hello', { contentType: 'text/plain', metadata: { author: 'me' } })

// Only where there is nothing.
const copy = await store.copyObject(draft, published, { ifNoneMatch: '*' })
const { response } = await store.headObject(published)
console.log(`Copied, with its type (${response.ContentType}) and metadata (by ${response.Metadata?.author}).`)
try {
  await store.copyObject(draft, published, { ifNoneMatch: '*' })
} catch (error) {
  if (!(error instanceof KeyExistsError)) throw error
  console.log(`A second copy was refused: ${error.message}.`)
}

// Only over what we know, and only of what we know.
await store.putObjectIfMatch(draft, 'Hello again', source.etag, 'text/plain')
try {
  await store.copyObject(draft, published, { ifMatch: copy.etag, sourceIfMatch: source.etag })
} catch (error) {
  if (!(error instanceof StaleDataError)) throw error
  console.log(`The source has changed: ${error.key === draft ? 'the error names it' : error.key}.`)
}
await store.copyObject(draft, published, { ifMatch: copy.etag, metadata: { author: 'us' } })
console.log(`Copied over it: "${await (await store.getObject(published)).asString()}".`)

// What has more than 5 GiB goes by parts, and what has more than partSize: several at once, by S3 itself.
const film = `${folder}film`
await store.createObject(film, Buffer.alloc(12 * 1024 * 1024))
const parts = { partSize: 5 * 1024 * 1024, concurrency: 3 }
const { etag } = await store.copyObject(film, `${folder}archive/film`, { ifNoneMatch: '*', ...parts })
console.log(`Copied by ${etag.match(/-(\d+)"$/)?.[1]} parts.`)

await tidyUp()
