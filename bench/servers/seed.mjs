// The buckets and objects that the clients find on a real server.
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

/**
 * @param {import('../../scripts/servers/process.mjs').Descriptor} server
 * @param {string | undefined} ca
 */
export function seeder({ endpoint, region, accessKeyId, secretAccessKey }, ca) {
  const credentials = { accessKeyId, secretAccessKey }
  const requestHandler = { httpsAgent: ca === undefined ? {} : { ca } }
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, requestHandler })
  return {
    /** @param {string} Bucket */
    bucket: (Bucket) => client.send(new CreateBucketCommand({ Bucket })),
    /** @param {string} Bucket @param {string} Key @param {Buffer} Body @returns {Promise<string>} its etag */
    put: async (Bucket, Key, Body) => String((await client.send(new PutObjectCommand({ Bucket, Key, Body }))).ETag),
    close: () => client.destroy(),
  }
}
