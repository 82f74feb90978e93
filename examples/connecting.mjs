// How a store reaches its server: without a proxy, without a signature, and what it says where it can't.
import createS3Store from 's3-store-native'
import { folder, store, tidyUp } from './support/bucket.mjs'

const key = `${folder}greeting`
await store.createObject(key, 'hello', 'text/plain')

// Straight, whatever HTTPS_PROXY says; or through a proxy: proxy: 'http://user:password@proxy:3128'. A server with a certificate of your
// own authority: ca: readFileSync('ca.pem').
const straight = createS3Store(store.bucket, { proxy: false, maxConnections: 8 })
console.log(`Straight: ${JSON.stringify(await (await straight.getObject(key)).asString())}.`)

// Unsigned, for buckets that everybody may read. The development server is none of theirs.
const anybody = createS3Store(store.bucket, { credentials: 'anonymous' })
await anybody.getObject(key).catch((error) => console.log(`As anybody: ${error.name}.`))

// Where nobody answers, the error says where that was.
const nowhere = createS3Store(store.bucket, { endpoint: 'http://127.0.0.1:9', proxy: false, maxAttempts: 1 })
await nowhere.getObject(key).catch((error) => console.log(`Nowhere: ${error.code}.`))

await tidyUp()
