// A gibibyte along one path, and the memory that it takes at most.
import { createReadStream, openAsBlob, readFileSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import createS3Store from 's3-store-native'

const [bucket, path, file] = process.argv.slice(2)
const MiB = 1024 * 1024
const size = 1024 * MiB
const store = createS3Store(bucket)

async function* pieces() {
  const piece = Buffer.alloc(64 * 1024, 1)
  for (let at = 0; at < size; at += piece.length) yield piece
}

async function read(pieces) {
  let bytes = 0
  for await (const piece of pieces) bytes += piece.length
  if (bytes !== size) throw new Error(`${bytes} bytes`)
}

const paths = {
  'an async iterable': () => store.createObject('gibibyte', pieces()),
  'a Readable': () => store.createObject('readable', Readable.from(pieces())),
  'a web ReadableStream': () => store.createObject('readable web', Readable.toWeb(Readable.from(pieces()))),
  'into a file': () => store.getObjectToFile('gibibyte', file),
  async 'an open file'() {
    const opened = await open(file)
    await store.createObject('opened', opened)
    await opened.close()
  },
  'a file stream': () => store.createObject('file stream', createReadStream(file)),
  'a Blob': async () => store.createObject('blob', await openAsBlob(file)),
  'from a file': () => store.createObjectFromFile('file', file),
  'for await': async () => read(await store.getObject('gibibyte')),
  'a Node stream': async () => read(await (await store.getObject('gibibyte')).asNodeStream()),
  'a web stream': async () => read(await (await store.getObject('gibibyte')).asWebStream()),
}

/** MiB, of a line of this process's status. */
const status = (name) =>
  Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024

await store.createObject(`warm ${path}`, 'up')
const idle = status('VmRSS')
await paths[path]()
const peak = status('VmHWM')
if (path === 'from a file') await rm(file)
// The others read what the first one wrote.
for (const key of ['readable', 'readable web', 'opened', 'file stream', 'blob', 'file']) await store.deleteObject(key)
console.log(JSON.stringify({ idle, peak }))
