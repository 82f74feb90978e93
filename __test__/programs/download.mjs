// Reads an object into a file, over what is there before, and says how that ended and what is in the folder then.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { createS3Store } from 's3-store-native'

const [bucket, key, path, before] = process.argv.slice(2)
if (before) writeFileSync(path, before)
const store = createS3Store(bucket)
const error = await store.getObjectToFile(key, path, { partSize: 1024 * 1024, concurrency: 3 }).then(
  () => undefined,
  ({ name, code, message, operation, ...rest }) => ({ name, code, message, operation, key: rest.key }),
)
await store.close()
const left = readdirSync(dirname(path))
const content = error && before && readFileSync(path, 'utf8')
console.log(JSON.stringify({ error, left, content }))
