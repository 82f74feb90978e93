import { AwsClient } from 'aws4fetch'

/** @param {import('./index.mjs').Place} place @returns {import('./index.mjs').Client} */
export function open({ endpoint, region, accessKeyId, secretAccessKey, bucket }) {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3' })
  const send = async (key, init) => {
    const response = await client.fetch(`${endpoint}/${bucket}/${key}`, init)
    if (!response.ok) throw new Error(`status ${response.status}`)
    return response
  }
  return {
    get: async (key) => (await send(key)).arrayBuffer(),
    async put(key, body, etag) {
      const response = await send(key, { method: 'PUT', body, headers: { 'if-match': etag } })
      await response.arrayBuffer()
      return response.headers.get('etag')
    },
    async stream(key, take) {
      for await (const piece of (await send(key)).body) take(piece)
    },
    getJson: async (key) => (await send(key)).json(),
  }
}
