// Calls that end early: by a signal, by the time they may take, or with the store.
import { once } from 'node:events'
import { createServer } from 'node:net'
import createS3Store, { AmbiguousWriteError } from 's3-store-native'
import { folder, store, tidyUp } from './support/bucket.mjs'

const key = `${folder}report`
await store.createObject(key, Buffer.alloc(3_000_000), 'application/octet-stream')

// A signal that has aborted already: nothing is sent, and the call rejects with the signal's own reason.
const shutdown = new AbortController()
shutdown.abort(new Error('we are closing'))
await store.getObject(key, { signal: shutdown.signal }).catch((error) => console.log(`Not read: ${error.message}.`))

// The signal of a get ends the reading of its body, too.
const leaving = new AbortController()
const got = await store.getObject(key, { signal: leaving.signal })
try {
  for await (const { length } of got) if (length > 0) leaving.abort(new Error('enough'))
} catch (error) {
  console.log(`Not read to the end: ${error instanceof Error && error.message}.`)
}

// So does the signal of a write. One that may have been sent by then is in doubt, and its write id tells later; this one waits
// for the rest of its body, so that nothing was written.
const stopped = new AbortController()
async function* neverEnding() {
  yield 'the beginning'
  stopped.abort(new Error('stopped'))
  await new Promise(() => {})
}
try {
  await store.createObject(`${folder}other`, neverEnding(), { signal: stopped.signal })
} catch (error) {
  if (error instanceof AmbiguousWriteError) {
    console.log(`In doubt: ${(await store.resolveWrite(error.key, String(error.writeId))).status}.`)
  } else console.log(`Not written: ${error instanceof Error && error.message}.`)
}

// Milliseconds for a whole call, with its attempts: here of a server that takes connections and never answers.
const silent = createServer().listen(0, '127.0.0.1').unref()
await once(silent, 'listening')
const address = /** @type {import('node:net').AddressInfo} */ (silent.address())
const other = createS3Store('my-bucket', {
  endpoint: `http://127.0.0.1:${address.port}`,
  region: 'us-east-1',
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
})
await other.getObject(key, { timeout: 200 }).catch((error) => console.log(`No answer in time: ${error.code}.`))

// A store that is closed lets what is under way come to its end, and begins nothing any more.
await other.close()
await other.getObject(key).catch((error) => console.log(`After the end: ${error.code}.`))

await tidyUp()
