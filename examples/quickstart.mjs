// The whole idea in one file: every write says what it expects to find, and fails cleanly when it finds something else.
//
// `npm run demo` runs this against a server in memory. With a bucket of your own:
//   S3_BUCKET=my-bucket AWS_REGION=eu-central-1 node examples/quickstart.mjs
// Credentials, and AWS_ENDPOINT_URL for a server that is not AWS, come from the usual AWS_ environment variables.
import createS3Store, { createJsonWrapper, KeyExistsError, StaleDataError } from 's3-store-native'

const bucket = process.env.S3_BUCKET
if (!bucket) throw new Error('Set S3_BUCKET to the name of a bucket.')

const store = createS3Store(bucket)
const folder = `quickstart-${Date.now()}/`
const key = `${folder}greeting.txt`

// Create: only if there is nothing under this key yet. The answer carries the new object's etag, which names this version of it.
const created = await store.createObject(key, 'Hello', { contentType: 'text/plain', metadata: { owner: 'me' } })
console.log(`Created ${key}. Its etag is ${created.etag}.`)

// Someone else had the same idea, a moment later.
try {
  await store.createObject(key, 'Hi')
} catch (error) {
  if (!(error instanceof KeyExistsError)) throw error
  console.log(`A second create was refused: ${error.message}.`)
}

// Update: only if the object is still the version that we know.
const updated = await store.putObjectIfMatch(key, 'Hello, world', created.etag, { contentType: 'text/plain' })
console.log(`Updated it. Its etag is now ${updated.etag}.`)

// An update that starts from the old version would undo the one above without knowing it.
try {
  await store.putObjectIfMatch(key, 'Hello, moon', created.etag)
} catch (error) {
  if (!(error instanceof StaleDataError)) throw error
  console.log(`An update from the old etag was refused: ${error.message}.`)
}

// Read: whatever is there now, or only the version that we expect.
const got = await store.getObjectIfMatch(key, updated.etag)
console.log(`Read it back, still the version we wrote: "${await got.asString()}".`)

// JSON in and out, with the same guarantees. A value and its etag are all that a safe change needs.
const json = createJsonWrapper(store)
const counter = `${folder}counter.json`
await json.createObject(counter, { visits: 1 })
const [value, etag] = await json.getObject(counter)
await json.putObjectIfMatch(counter, { visits: value.visits + 1 }, etag)
console.log(`Counted a visit in JSON: ${JSON.stringify((await json.getObject(counter))[0])}.`)

// List, a page at a time; and tidy up, deleting only what is still as we last saw it.
for await (const page of store.list(folder)) {
  for (const object of page) {
    await store.deleteObjectIfMatch(object.Key, object.ETag)
    console.log(`Listed and deleted ${object.Key} (${object.Size} bytes).`)
  }
}
