// A caching proxy in front of the bucket that S3_BUCKET names, and a client that asks it again and again.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import createS3Store from 's3-store-native'
import { folder, store, tidyUp } from '../support/bucket.mjs'
import { CachingProxy } from './caching-proxy.mjs'

const object = 100_000
// Room for two such objects in memory, and for two more on the disk, with what is known of them. The store is its own, so that its
// requests are counted.
const room = 2 * (object + 1024)
const origin = createS3Store(store.bucket)
const options = {
  memory: room,
  disk: { folder: tmpdir(), bytes: room },
  freshFor: 1000,
  staleIfError: true,
}
const proxy = new CachingProxy({ store: origin, prefix: folder, ...options })
const server = createServer(proxy.handle).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())

const { etag } = await store.createObject(`${folder}page`, 'a'.repeat(object), { contentType: 'text/plain' })

await show('100 clients want what nobody has asked for', () => Promise.all(Array.from({ length: 100 }, () => ask())))
await show('Once more, at once', () => ask())
await stale()
await show('Once more, after a second', () => ask())
await show('By one who knows its etag', () => ask('page', { 'if-none-match': etag }))

await store.putObjectIfMatch(`${folder}page`, 'b'.repeat(object), etag, 'text/plain')
await stale()
await show('After a change', () => ask())

for (const name of ['x', 'y']) await store.createObject(`${folder}${name}`, name.repeat(object), 'text/plain')
for (const name of ['x', 'y']) await ask(name)
await show('From the disk, as two others are in memory now', () => ask())
await show('What is not there', () => ask('nothing'))

await origin.close()
await stale()
await show('While S3 does not answer', () => ask())

server.close()
server.closeAllConnections()
await proxy.close()
await tidyUp()

/** @param {string} [name] @param {Record<string, string>} [headers] */
async function ask(name = 'page', headers = {}) {
  const response = await fetch(`http://127.0.0.1:${port}/${name}`, { headers })
  const { length } = await response.text()
  return `${response.status}, ${length} bytes (${response.headers.get('cache-status') ?? 'no entry'})`
}

/** @param {string} title @param {() => Promise<string | string[]>} work */
async function show(title, work) {
  const before = origin.stats()
  const answers = new Set([await work()].flat())
  const after = origin.stats()
  /** @param {'attempts' | 'bytesReceived'} name */
  const more = (name) => (after[name] ?? 0) - (before[name] ?? 0)
  const requests = more('attempts')
  const cost = `${requests} ${requests === 1 ? 'request' : 'requests'} to S3, ${more('bytesReceived')} bytes from there`
  console.log(`${title}:\n  ${[...answers].join('\n  ')}\n  ${cost}`)
}

/** Until what is kept is not fresh any more. */
function stale() {
  return new Promise((resolve) => setTimeout(resolve, options.freshFor + 10))
}
