// What fits together where the SDK is installed.
import { S3Client, type GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { type S3StoreOptions, type GetResponse } from 's3-store-native'

const client = new S3Client({})
export const options: S3StoreOptions[] = [{ client }, { credentials: client.config.credentials }]

/** Through a client, the response is the SDK's own. */
export const response = (output: Omit<GetObjectCommandOutput, 'Body'>) => output satisfies GetResponse
