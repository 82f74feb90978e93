// A plain write: this version has no conditions in Node.js.
import { createRequire } from 'node:module'

const { Operator } = createRequire(import.meta.url)(process.env.S3_STORE_BENCH_OPENDAL ?? 'opendal')

/** @param {import('./index.mjs').Place} place @returns {import('./index.mjs').Client} */
export function open({ endpoint, region, accessKeyId, secretAccessKey, bucket }) {
  const operator = new Operator('s3', {
    endpoint,
    region,
    bucket,
    root: '/',
    access_key_id: accessKeyId,
    secret_access_key: secretAccessKey,
    disable_config_load: 'true',
    disable_ec2_metadata: 'true',
  })
  return {
    get: (key) => operator.read(key),
    put: (key, body) => operator.write(key, body),
    async stream(key, take) {
      for await (const piece of (await operator.reader(key)).createReadStream()) take(piece)
    },
    getJson: async (key) => JSON.parse((await operator.read(key)).toString()),
    list: async () => (await operator.list('', { recursive: true })).length,
  }
}
