// Makes calls that are told on stderr, where the environment asks for that, and fails some of them.
import createS3Store from 's3-store-native'

const [, , bucket, ownKey] = process.argv
const store = createS3Store(bucket, { maxAttempts: 1 })
const sseCustomerKey = Buffer.from(ownKey)
await store.createObject('a key\nof two lines, 100%s', 'x')
await store.getObject('a key\nof two lines, 100%s')
for await (const page of store.list('a key')) if (page.length === 0) throw new Error('an empty page')
const failed = async (call) => call.then(() => 'resolved').catch((error) => error.name)
await failed(store.getObject('absent'))
await failed(store.getObject('absent', { sseCustomerKey }))
await failed(store.createObject('encrypted', 'x', { sseCustomerKey }))
const { url } = await store.presign('GET', 'a-link', { sseCustomerKey })
console.log(JSON.stringify({ pid: process.pid, query: url.split('?')[1] }))
