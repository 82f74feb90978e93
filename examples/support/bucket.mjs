// What the examples begin and end with: a store on the bucket that S3_BUCKET names, and a folder in it that is theirs alone.
import createS3Store from 's3-store-native'

const bucket = process.env.S3_BUCKET
if (!bucket) throw new Error('Set S3_BUCKET to the name of a bucket.')

export const store = createS3Store(bucket)

/** What all keys of this run begin with. */
export const folder = `example-${process.pid}-${Date.now()}/`

/** Removes all that is in the folder, with every version of it, and fails where something is left. */
export async function tidyUp() {
  const left = []
  for await (const { Key, VersionId } of store.listVersions(folder).versions()) {
    left.push({ key: Key, versionId: VersionId })
  }
  for (const outcome of await store.deleteObjects(left)) if (!outcome.deleted) throw outcome.error
}
