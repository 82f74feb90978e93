// Reads an object through an S3Client that was told nothing: it finds everything in the environment.
import { S3Client } from '@aws-sdk/client-s3'
import createS3Store from 's3-store-native'

const store = createS3Store('bucket', { client: new S3Client() })
const got = await store.getObject('key')
console.log(JSON.stringify({ text: await got.asString(), engine: store.engine }))
