// A program whose installation has no addon that fits. Prints as JSON what works all the same, and how the rest fails.
import createS3Store, { StaleDataError } from 's3-store-native'

const delegated = createS3Store('bucket', { client: { send: async () => ({ ETag: '"1"' }) } })
const { etag } = await delegated.createObject('key', 'body')

let failure
try {
  createS3Store('bucket', { region: 'us-east-1' })
} catch (error) {
  failure = { name: error.name, code: error.code, message: error.message }
}

console.log(JSON.stringify({ classes: typeof StaleDataError, engine: delegated.engine, etag, failure }))
