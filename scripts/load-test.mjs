// Loads the addon that lies in the root of the clone and makes one call through it, to a canned answer on loopback: that it
// loads, runs and ends on this platform. The tests proper are `npm test`.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import createS3Store from 's3-store-native'
import { hostPlatform } from './platforms.mjs'

const server = createServer((_request, response) => {
  response.writeHead(200, { ETag: '"1"', 'Content-Type': 'text/plain' }).end('loaded')
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())

const store = createS3Store('bucket', {
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${port}`,
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
})
assert.equal(store.engine, 'native')
const got = await store.getObject('key')
assert.equal(await got.asString(), 'loaded')
server.closeAllConnections()
server.close()
console.log(`The addon works on ${hostPlatform()} with Node.js ${process.versions.node}.`)
