// Many deletes, a thousand to a request, with what became of each. There is no condition: for that there is deleteObjectIfMatch.
import { StaleDataError } from 's3-store-native'
import { folder, store, tidyUp } from './support/bucket.mjs'

for (const name of ['logs/1', 'logs/2', 'logs/3']) await store.createObject(`${folder}${name}`, name, 'text/plain')
const { etag } = await store.createObject(`${folder}state`, 'old', 'text/plain')

// Keys come from anywhere: an array, a listing.
const outcomes = await store.deleteObjects(store.list(`${folder}logs/`).keys())
for (const outcome of outcomes) {
  if (!outcome.deleted) throw outcome.error
  console.log(`Deleted ${outcome.key.slice(folder.length)}.`)
}

// To delete what isn't there is a success: those that failed can simply be given again.
const [again] = await store.deleteObjects([`${folder}logs/1`])
console.log(`Once more: ${again?.deleted}.`)

// One, and only if it is still what we know. MinIO ignores that condition, and is refused with an UnsupportedBucketOperationError.
const updated = await store.putObjectIfMatch(`${folder}state`, 'new', etag, 'text/plain')
try {
  await store.deleteObjectIfMatch(`${folder}state`, etag)
} catch (error) {
  if (!(error instanceof StaleDataError)) throw error
  console.log(`A delete of the older one was refused: ${error.message}.`)
}
await store.deleteObjectIfMatch(`${folder}state`, updated.etag)
console.log(`There is ${(await store.exists(`${folder}state`)) ? 'something' : 'nothing'} left.`)

await tidyUp()
