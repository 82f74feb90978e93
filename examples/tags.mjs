// The tags of an object, which can change without the object: its etag stays. S3 has no condition for them: who comes last wins.
import { folder, store, tidyUp } from './support/bucket.mjs'

const key = `${folder}report`
const { etag } = await store.createObject(key, 'all is well', {
  contentType: 'text/plain',
  tagging: { state: 'draft' },
})
console.log(`Written with ${JSON.stringify(await store.getTags(key))}.`)

// All of them are replaced, so that those which stay are given again.
await store.putTags(key, { ...(await store.getTags(key)), reviewed: 'yes' })
console.log(`Now ${JSON.stringify(await store.getTags(key))}.`)

await store.putTags(key, {})
console.log(`Now ${JSON.stringify(await store.getTags(key))}.`)

const unchanged = (await store.headObject(key)).etag === etag
console.log(`The object itself is ${unchanged ? 'the same' : 'another'}.`)

await tidyUp()
