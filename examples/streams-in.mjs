// Writes bodies that are still coming, in bounded memory: a stream that fits into one part is one PUT, any other goes up in
// parts, under the same condition.
import { Readable } from 'node:stream'
import { KeyExistsError } from 's3-store-native'
import { folder, store, tidyUp } from './support/bucket.mjs'

const mebibyte = 1024 * 1024
const key = `${folder}log`

/** Something that makes bytes as they are asked for: a request, a child process or a database cursor would do as well. */
async function* lines() {
  for (let line = 1; line <= 12; line += 1) yield `${line}`.padEnd(mebibyte, '.')
}

// An async iterable, of strings or bytes. Of 12 MiB in parts of 5 there are three, of which two are on their way at once.
const created = await store.createObject(key, lines(), {
  contentType: 'text/plain',
  partSize: 5 * mebibyte,
  concurrency: 2,
})
console.log(`Created an object of ${(await store.headObject(key)).response.ContentLength} bytes.`)

// A Node stream. The condition holds for streams, too: here is an object by now, and none of the new one's parts is left.
try {
  await store.createObject(key, Readable.from(lines()), { partSize: 5 * mebibyte })
} catch (error) {
  if (!(error instanceof KeyExistsError)) throw error
  console.log(`A second create was refused: ${error.message}.`)
}

// A web stream, such as the body of a fetch. With a length that is known, one that ends early is refused, not written.
const { body } = new Response('short')
if (body) await store.putObjectIfMatch(key, body, created.etag, { contentType: 'text/plain', contentLength: 5 })
console.log(`Replaced it: "${await (await store.getObject(key)).asString()}".`)

await tidyUp()
