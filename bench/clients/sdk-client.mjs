// The JavaScript SDK's client as its users set it up: defaults, but for the server and as many connections as ours has.
import { S3Client } from '@aws-sdk/client-s3'
import { connections } from './index.mjs'

/** @param {import('./index.mjs').Place} place */
export function sdkClient({ endpoint, region, accessKeyId, secretAccessKey }) {
  const agent = { maxSockets: connections, keepAlive: true }
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    // Only the latter keeps the handler's warning about queued requests off the measurement.
    requestHandler: { httpAgent: agent, httpsAgent: agent, socketAcquisitionWarningTimeout: 600_000 },
  })
}
