// What S3 keeps beside the bytes: given with the write, under its name in S3.
//
// Given in the same way, but not here, since the development server has none of it: encryption (serverSideEncryption, sseKmsKeyId,
// sseKmsEncryptionContext, bucketKeyEnabled, sseCustomerKey), locks (objectLockMode, objectLockRetainUntilDate,
// objectLockLegalHoldStatus), storage that costs less (its storageClass is only remembered), whose the bucket must be
// (expectedBucketOwner) and who pays (requestPayer).
import { folder, store, tidyUp } from './support/bucket.mjs'

const key = `${folder}page.html`
const { etag } = await store.createObject(key, '<h1>Hello</h1>', {
  contentType: 'text/html; charset=utf-8',
  contentLanguage: 'en',
  contentDisposition: 'inline',
  cacheControl: 'max-age=60',
  expires: new Date('2030-01-01T00:00:00Z'),
  tagging: { team: 'web', draft: 'yes' },
  metadata: { author: 'me' },
})

const { response } = await store.headObject(key)
console.log(`${response.ContentType}, ${response.ContentLanguage}, ${response.ContentDisposition}.`)
console.log(
  `${response.CacheControl}, expires in ${response.Expires?.getUTCFullYear()}, by ${response.Metadata?.author}.`,
)
console.log(`Tags: ${JSON.stringify(await store.getTags(key))}.`)

// A write replaces all of it: what isn't given again is gone, and the content type is application/json.
await store.putObjectIfMatch(key, '{}', etag, { storageClass: 'STANDARD' })
const after = (await store.headObject(key)).response
console.log(
  `Then: ${after.ContentType}, ${after.CacheControl ?? 'no cache control'}, ${JSON.stringify(await store.getTags(key))}.`,
)

await tidyUp()
