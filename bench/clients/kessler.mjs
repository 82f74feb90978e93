import createS3Store, { createJsonWrapper } from '@kessler/s3-store'
import { sdkClient } from './sdk-client.mjs'

/** @param {import('./index.mjs').Place} place @returns {import('./index.mjs').Client} */
export function open(place) {
  const store = createS3Store(place.bucket, { client: sdkClient(place) })
  const json = createJsonWrapper(store)
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
