// A program on a development server that lives as long as it does.
import { PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { run } from '../run.mjs'
import { startDevServer } from './dev-server.mjs'

/** @typedef {import('./process.mjs').Running} Running */

/**
 * Runs a program, with its output on the terminal, and says what is happening.
 * @param {string} file from the root
 * @param {object} options
 * @param {string} options.bucket made for it
 * @param {boolean} [options.keepsVersions] of that bucket
 * @param {string[]} [options.args]
 * @param {string} [options.program] the server's, if it was built before
 */
export async function runOnDevServer(file, { bucket, keepsVersions = false, args = [], program }) {
  const server = await startDevServer({ program, buckets: [bucket] })
  console.log(`\nThe development server listens on ${server.endpoint}. Now ${file}:\n`)
  try {
    if (keepsVersions) await keepVersions(server, bucket)
    await run(process.execPath, [file, ...args], { env: environment(server, bucket) })
  } finally {
    await server.stop()
  }
  console.log('\nThe development server has stopped, and what it kept in memory is gone.')
}

/**
 * The variables that a user of the package would set; none of the user's own, which may lead to a real account.
 * @param {Running} server
 * @param {string} bucket
 */
function environment(server, bucket) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
  return {
    ...Object.fromEntries(own),
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_REGION: server.region,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    S3_BUCKET: bucket,
  }
}

/**
 * @param {Running} server
 * @param {string} bucket
 */
async function keepVersions({ endpoint, region, accessKeyId, secretAccessKey }, bucket) {
  const client = new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true })
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  client.destroy()
}
