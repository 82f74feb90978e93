// The servers that are tortured: where they come from, what can be done to them and what is known of them.
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startMinio } from '../scripts/servers/minio.mjs'
import { startVersitygw } from '../scripts/servers/versitygw.mjs'

/** @typedef {import('../scripts/servers/process.mjs').Guarded} Guarded */
/**
 * @typedef {object} Kind
 * @property {() => Promise<Guarded[]>} start its nodes
 * @property {boolean} deletes whether it honours the condition of a delete
 * @property {boolean} deletesAbsent whether the conditional delete of an absent key is a success
 * @property {boolean} isSerial whether it gets the requests for one key one after another
 */

/** @type {Record<string, Kind>} */
export const kinds = {
  minio: {
    start: async () => [await startMinio()],
    deletes: false,
    deletesAbsent: false,
    isSerial: false,
  },
  versitygw: {
    start: async () => [await startVersitygw()],
    deletes: true,
    deletesAbsent: true,
    // It looks at the condition of a delete, and deletes then; and it reads an object's metadata and its bytes by its path,
    // which can be two objects. One by one, nothing can come in between.
    isSerial: true,
  },
}

/** @param {Guarded} server @param {string} bucket */
export async function createBucket({ endpoint, region, accessKeyId, secretAccessKey }, bucket) {
  const client = new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true })
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
  } finally {
    client.destroy()
  }
}
