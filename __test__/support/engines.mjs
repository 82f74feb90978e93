// The ways in which a store reaches S3. Each opens a store on a bucket of a server, real or scripted.
import { S3Client } from '@aws-sdk/client-s3'
import createS3Store from 's3-store-native'

/** What createS3Store without a client, or an S3Client, needs to reach a server, real or scripted. */
export function connection({ endpoint, region, accessKeyId, secretAccessKey, sessionToken }) {
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } }
}

const clients = new Set()

/** The JavaScript SDK's client for a server: what a user of the mirrored package would hand over. */
export function sdkClient(server, options = {}) {
  const client = new S3Client({ ...connection(server), forcePathStyle: true, ...options })
  clients.add(client)
  return client
}

/** Ends the connections of all clients: a body that nobody reads would keep the process until the server gives up. */
export function closeClients() {
  for (const client of clients) client.destroy()
  clients.clear()
}

/** For a scripted server, which gives the answers of a test and can't prove that it honours conditions. */
const trusting = { conditions: 'trust' }

/** No client: the addon finds its own way. */
export const native = {
  name: 'native',
  engine: 'native',
  trusting,
  open: (server, bucket, options) => createS3Store(bucket, { ...connection(server), ...options }),
}

/** The same, with every request made by the Rust SDK's client. */
export const nativeSdk = {
  name: 'native, SDK wire',
  engine: 'native',
  trusting,
  open: (server, bucket, options) => createS3Store(bucket, { ...connection(server), wire: 'sdk', ...options }),
}

/** An S3Client whose configuration the addon reads, and which it then leaves alone. */
export const adopted = {
  name: 'adopted S3Client',
  engine: 'native',
  trusting,
  open: (server, bucket, options) => createS3Store(bucket, { client: sdkClient(server), ...options }),
}

/** An S3Client that does the work itself: the options are its own. */
export const delegated = {
  name: 'delegated S3Client',
  engine: 'client',
  open: (server, bucket, options) => createS3Store(bucket, { client: sdkClient(server, options), engine: 'client' }),
}

export const allEngines = [native, nativeSdk, adopted, delegated]

/** The engines in which Rust does the work. */
export const nativeEngines = [native, nativeSdk, adopted]
