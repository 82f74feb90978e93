// Older versions: listed, read, made current again, removed. This needs a bucket that keeps versions, which is for its owner to
// say: `aws s3api put-bucket-versioning --bucket my-bucket --versioning-configuration Status=Enabled`.
//
// To restore is to copy: MinIO and versitygw, which ignore the condition of a copy, are refused with an
// UnsupportedBucketOperationError.
import { folder, store, tidyUp } from './support/bucket.mjs'

const key = `${folder}settings`
const first = await store.createObject(key, 'first', 'text/plain')
if (!first.response.VersionId) throw new Error('The bucket keeps no versions: enable them, or take another.')
const second = await store.putObjectIfMatch(key, 'second', first.etag, 'text/plain')

/** What there is of the key, the newest first. */
async function versions() {
  const found = []
  for await (const version of store.listVersions(key).versions()) found.push(version)
  return found
}
console.log(`There are ${(await versions()).length} versions.`)

// Any of them can be read.
const old = await store.getObject(key, { versionId: first.response.VersionId })
console.log(`The older one: "${await old.asString()}".`)

// An older one becomes the current one, if that is still what we know: a copy of it, with a version of its own.
await store.restoreVersion(key, first.response.VersionId, second.etag)
console.log(`Restored: "${await (await store.getObject(key)).asString()}".`)

// A delete without a version hides the object behind a marker …
await store.deleteObject(key)
const [latest] = await versions()
console.log(
  `Deleted: ${latest?.IsDeleteMarker ? 'a delete marker is the latest' : 'no marker'}, ${(await versions()).length} in all.`,
)

// … so that there is nothing, over which a version can be created.
await store.restoreVersion(key, String(second.response.VersionId), null)
console.log(`Restored: "${await (await store.getObject(key)).asString()}".`)

// With a version it removes just that, for good.
await store.deleteObject(key, { versionId: first.response.VersionId })
console.log(`One removed: ${(await versions()).length} are left.`)

await tidyUp()
