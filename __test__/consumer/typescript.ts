// A user's program in TypeScript, without any other types installed. Prints what it found as JSON.
import createS3Store, { createJsonWrapper, type S3StoreError } from 's3-store-native'

declare const process: { argv: string[] }
declare const console: { log(text: string): void }

interface Counter {
  visits: number
}

const store = createS3Store(process.argv[2])
const json = createJsonWrapper<Counter>(store)
const etag: string = await json.createObject('typescript.json', { visits: 1 })
const [counter, current] = await json.getObject('typescript.json')
const updated: string = await json.putObjectIfMatch('typescript.json', { visits: counter.visits + 1 }, current)

/** A switch over `name` narrows to one class. */
function explain(error: S3StoreError): string {
  switch (error.name) {
    case 'StaleDataError':
      return `stale: ${error.code}`
    case 'KeyExistsError':
      return `exists: ${error.code}`
    default:
      return error.message
  }
}

const explained = await json
  .putObjectIfMatch('typescript.json', { visits: 0 }, etag)
  .then(String, (error: S3StoreError) => explain(error))

console.log(JSON.stringify({ engine: store.engine, visits: counter.visits, changed: updated !== etag, explained }))
