import { S3mini } from 's3mini'

/** @param {import('./index.mjs').Place} place @returns {import('./index.mjs').Client} */
export function open({ endpoint, region, accessKeyId, secretAccessKey, bucket }) {
  const client = new S3mini({ endpoint: `${endpoint}/${bucket}`, region, accessKeyId, secretAccessKey })
  const type = 'application/octet-stream'
  return {
    get: (key) => client.getObjectArrayBuffer(key),
    async put(key, body, etag) {
      const response = await client.putObject(key, body, type, undefined, { 'if-match': etag })
      return response.headers.get('etag')
    },
    async stream(key, take) {
      const { body } = await client.getObjectResponse(key)
      for await (const piece of body) take(piece)
    },
    getJson: (key) => client.getObjectJSON(key),
    list: async () => (await client.listObjects()).length,
  }
}
