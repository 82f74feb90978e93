// Bun's own client, which only Bun has. Its writes know no conditions.
import { S3Client } from 'bun'

/** @param {import('./index.mjs').Place} place @returns {import('./index.mjs').Client} */
export function open({ endpoint, region, accessKeyId, secretAccessKey, bucket }) {
  const client = new S3Client({ endpoint, region, accessKeyId, secretAccessKey, bucket })
  return {
    get: (key) => client.file(key).arrayBuffer(),
    put: async (key, body) => void (await client.write(key, body)),
    async stream(key, take) {
      for await (const piece of client.file(key).stream()) take(piece)
    },
    getJson: (key) => client.file(key).json(),
    async list() {
      let keys = 0
      let continuationToken
      do {
        const page = await client.list({ continuationToken })
        keys += page.contents?.length ?? 0
        continuationToken = page.isTruncated ? page.nextContinuationToken : undefined
      } while (continuationToken)
      return keys
    },
  }
}
