import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { Client } from 'minio'
import { connections } from './index.mjs'

/** @param {import('./index.mjs').Place} place @returns {import('./index.mjs').Client} */
export function open({ endpoint, region, accessKeyId, secretAccessKey, bucket }) {
  const { protocol, hostname, port } = new URL(endpoint)
  const useSSL = protocol === 'https:'
  const transportAgent = new (useSSL ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: connections })
  const server = { endPoint: hostname, port: Number(port), useSSL, region, pathStyle: true, transportAgent }
  const client = new Client({ ...server, accessKey: accessKeyId, secretKey: secretAccessKey })
  const get = async (key) => {
    const pieces = []
    for await (const piece of await client.getObject(bucket, key)) pieces.push(piece)
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
  }
  return {
    get,
    put: async (key, body) => `"${(await client.putObject(bucket, key, body, body.length)).etag}"`,
    async stream(key, take) {
      for await (const piece of await client.getObject(bucket, key)) take(piece)
    },
    getJson: async (key) => JSON.parse((await get(key)).toString()),
    async list() {
      let keys = 0
      for await (const item of client.listObjectsV2(bucket, '', true)) keys += item.name ? 1 : 0
      return keys
    },
  }
}
