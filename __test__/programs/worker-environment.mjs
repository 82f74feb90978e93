// Reads an object in a worker whose process.env is its own.
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

if (isMainThread) {
  // null takes a variable away.
  const given = Object.entries({ ...process.env, ...JSON.parse(process.argv[2]) })
  const env = Object.fromEntries(given.filter(([, value]) => value !== null))
  const worker = new Worker(new URL(import.meta.url), { env })
  worker.on('message', (text) => console.log(JSON.stringify({ text })))
} else {
  const { default: createS3Store } = await import('s3-store-native')
  const got = await createS3Store('bucket').getObject('key')
  parentPort.postMessage(await got.asString())
}
