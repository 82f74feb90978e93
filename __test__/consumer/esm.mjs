// A user's program in ESM. Prints what it found as JSON.
import { createRequire } from 'node:module'
import createS3Store, {
  createJsonWrapper,
  createS3Store as named,
  KeyExistsError,
  StaleDataError,
} from 's3-store-native'

const store = createS3Store(process.argv[2])
const created = await store.createObject('esm', 'one', { contentType: 'text/plain' })
const conflict = await store.createObject('esm', 'two').catch((error) => error)
const updated = await store.putObjectIfMatch('esm', 'two', created.etag)
const stale = await store.putObjectIfMatch('esm', 'three', created.etag).catch((error) => error)
const got = await store.getObject('esm')
const json = createJsonWrapper(store)
await json.createObject('esm.json', { written: 'by ESM' })

console.log(
  JSON.stringify({
    engine: store.engine,
    sameFunction: named === createS3Store,
    keyExists: conflict instanceof KeyExistsError,
    stale: stale instanceof StaleDataError,
    sameClasses: createRequire(import.meta.url)('s3-store-native').KeyExistsError === KeyExistsError,
    current: got.etag === updated.etag,
    text: await got.asString(),
    json: await json.getObject('esm.json').then(([value]) => value),
  }),
)
