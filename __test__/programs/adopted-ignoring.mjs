// Asks a region that there is none of, through an S3Client that goes by no configured endpoint.
import { S3Client } from '@aws-sdk/client-s3'
import createS3Store from 's3-store-native'

const client = new S3Client({ ignoreConfiguredEndpointUrls: true, maxAttempts: 1 })
const store = createS3Store('bucket', { client })
try {
  await store.getObject('key')
} catch ({ endpoint, message }) {
  console.log(JSON.stringify({ engine: store.engine, endpoint, message }))
}
