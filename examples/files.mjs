// Files up and down, in parts, several at once. A download appears under its name only when all of it is there.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StaleDataError } from 's3-store-native'
import { folder, store, tidyUp } from './support/bucket.mjs'

const directory = await mkdtemp(join(tmpdir(), 's3-store-example-'))
const report = join(directory, 'report.csv')
const copy = join(directory, 'copy.csv')
const key = `${folder}report`

// Up: only where there is nothing. What it is, its extension says.
await writeFile(report, 'month,visits\n1,10\n')
const created = await store.createObjectFromFile(key, report, {
  // Of a large file, once for each part.
  onProgress: ({ loaded, total }) => console.log(`${loaded} of ${total} bytes.`),
})
console.log(`Created ${(await store.headObject(key)).response.ContentType}.`)

// Up: only over what we know.
await writeFile(report, 'month,visits\n1,10\n2,20\n')
const updated = await store.putObjectFromFileIfMatch(key, report, created.etag)

// Down: all of one object, even if somebody replaces it meanwhile.
await store.getObjectToFile(key, copy, { partSize: 1024 * 1024, concurrency: 2 })
console.log(`The copy has ${(await readFile(copy, 'utf8')).split('\n').length - 1} lines.`)

// What fails leaves the file as it was, and nothing beside it.
try {
  await store.getObjectToFile(key, copy, { ifMatch: created.etag })
} catch (error) {
  if (!(error instanceof StaleDataError)) throw error
  console.log(`Of the older object nothing was read; there are ${(await readdir(directory)).join(' and ')}.`)
}

// What is here already need not come again.
const again = await store.getObjectToFile(key, copy, { ifNoneMatch: updated.etag })
console.log(again.notModified ? 'The copy is up to date.' : 'There was something new.')

await rm(directory, { recursive: true })
await tidyUp()
