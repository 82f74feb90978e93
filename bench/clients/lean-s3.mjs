import { S3Client } from 'lean-s3'

/** @param {import('./index.mjs').Place} place @returns {import('./index.mjs').Client} */
export function open({ endpoint, region, accessKeyId, secretAccessKey, bucket }) {
  const client = new S3Client({ endpoint, region, accessKeyId, secretAccessKey, bucket })
  return {
    get: (key) => client.file(key).bytes(),
    put: (key, body) => client.file(key).write(body),
    async stream(key, take) {
      for await (const piece of client.file(key).stream()) take(piece)
    },
    getJson: (key) => client.file(key).json(),
    async list() {
      let keys = 0
      for await (const entry of client.listIterating({})) keys += entry.key ? 1 : 0
      return keys
    },
  }
}
