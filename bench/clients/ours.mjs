import createS3Store, { createJsonWrapper } from 's3-store-native'

/**
 * @param {import('./index.mjs').Place} place
 * @param {{ wire: 'direct' | 'sdk', rawJson?: boolean }} options
 * @returns {import('./index.mjs').Client}
 */
export function open({ endpoint, region, accessKeyId, secretAccessKey, bucket, trust }, { wire, rawJson }) {
  const store = createS3Store(bucket, {
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    conditions: trust ? 'trust' : 'verify',
    wire,
  })
  const json = rawJson ? rawWrapper(store) : createJsonWrapper(store)
  return {
    get: async (key) => (await store.getObject(key)).asByteArray(),
    put: async (key, body, etag) => (await store.putObjectIfMatch(key, body, etag)).etag,
    async stream(key, take) {
      for await (const piece of await (await store.getObject(key)).asWebStream()) take(piece)
    },
    getJson: async (key) => (await json.getObject(key))[0],
    putJson: (key, value, etag) => json.putObjectIfMatch(key, value, etag),
    async list() {
      let keys = 0
      for await (const page of store.list()) keys += page.length
      return keys
    },
  }
}

/**
 * What one would write without the wrapper: what it costs is seen beside this.
 * @param {import('s3-store-native').S3Store} store
 */
function rawWrapper(store) {
  return {
    getObject: async (key) => {
      const got = await store.getObject(key)
      return [JSON.parse(await got.asString()), got.etag]
    },
    putObjectIfMatch: async (key, value, etag) => {
      return (await store.putObjectIfMatch(key, JSON.stringify(value), etag)).etag
    },
  }
}
