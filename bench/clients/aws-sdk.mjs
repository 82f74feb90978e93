import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3'
import { sdkClient } from './sdk-client.mjs'

/** @param {import('./index.mjs').Place} place @returns {import('./index.mjs').Client} */
export function open(place) {
  const client = sdkClient(place)
  const Bucket = place.bucket
  const body = async (Key) => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body
  return {
    get: async (key) => (await body(key)).transformToByteArray(),
    put: async (Key, Body, IfMatch) => (await client.send(new PutObjectCommand({ Bucket, Key, Body, IfMatch }))).ETag,
    async stream(key, take) {
      for await (const piece of await body(key)) take(piece)
    },
    getJson: async (key) => JSON.parse(await (await body(key)).transformToString()),
    async list() {
      let keys = 0
      for await (const page of paginateListObjectsV2({ client }, { Bucket })) keys += page.Contents?.length ?? 0
      return keys
    },
  }
}
