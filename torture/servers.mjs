// The servers that are tortured: where they come from, what can be done to them and what is known of them.
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { ScriptError } from '../scripts/run.mjs'
import { startDevServer } from '../scripts/servers/dev-server.mjs'
import { startMinio, startMinioCluster } from '../scripts/servers/minio.mjs'
import { startVersitygw } from '../scripts/servers/versitygw.mjs'
import { address } from './namespace.mjs'

/** @typedef {import('../scripts/servers/process.mjs').Running} Running */
/** @typedef {Running & Partial<import('../scripts/servers/process.mjs').Guarded>} Node one that can be killed, or one that can't */
/**
 * @typedef {object} Kind
 * @property {(options: { seed: number, lie?: string }) => Promise<Node[]>} start
 * @property {boolean} [deletes] whether it honours the condition of a delete
 * @property {boolean} [deletesAbsent] whether the conditional delete of an absent key is a success
 * @property {boolean} [deniesObjects] whether it may say NoSuchKey of an object that is there, and so create over it
 * @property {boolean} [isSerial] whether it gets the requests for one key one after another
 */

const NODES = 4

/** @type {Record<string, Kind>} */
export const kinds = {
  minio: { start: async () => [await startMinio()] },
  cluster: {
    start: () => startMinioCluster(address, NODES),
    // "When we have insufficient read quorum and inconsistent metadata return file not found" (cmd/erasure-object.go): with one
    // node down, another that was down and still has the object before, and half a write on a third. A create looks the same way.
    deniesObjects: true,
  },
  versitygw: {
    start: async () => [await startVersitygw()],
    deletes: true,
    deletesAbsent: true,
    // It looks at the condition of a delete, and deletes then; and it reads an object's metadata and its bytes by its path,
    // which can be two objects. One by one, nothing can come in between.
    isSerial: true,
  },
  // Everything is gone when it ends: it is not killed.
  'dev-server': { start: startDevelopment, deletes: true },
}

/** @param {{ seed: number, lie?: string }} options with a fault of the development server that makes it break its word */
async function startDevelopment({ seed, lie }) {
  const server = await startDevServer({ program: process.env.S3_TEST_DEV_SERVER, seed })
  if (!lie) return [server]
  const rule = {
    match: { keyPrefix: 't/' },
    probability: 0.3,
    action: { what: lie, ...(lie === 'race' && { ms: 50 }) },
  }
  const answer = await fetch(`${server.control}/faults`, { method: 'POST', body: JSON.stringify(rule) })
  if (!answer.ok) {
    await server.stop()
    throw new ScriptError(`${lie} is no fault of the development server: ${await answer.text()}`)
  }
  return [server]
}

/** @param {Running} server @param {string} bucket */
export async function createBucket({ endpoint, region, accessKeyId, secretAccessKey }, bucket) {
  const client = new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true })
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
  } finally {
    client.destroy()
  }
}
