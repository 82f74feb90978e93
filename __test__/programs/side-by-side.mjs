// The main thread and three workers at once, each with stores of its own.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import createS3Store from 's3-store-native'

async function work(bucket) {
  const store = createS3Store(bucket)
  let read = 0
  for (let round = 0; round < 20; round += 1) {
    const texts = await Promise.all(Array.from({ length: 10 }, async () => (await store.getObject('small')).asString()))
    read += texts.filter((text) => text === 'small').length
  }
  return read
}

if (isMainThread) {
  const bucket = process.argv[2]
  const workers = Array.from(
    { length: 3 },
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker(new URL(import.meta.url), { workerData: bucket })
        worker.on('message', resolve)
        worker.on('error', reject)
      }),
  )
  console.log(JSON.stringify({ main: await work(bucket), workers: await Promise.all(workers) }))
} else {
  parentPort.postMessage(await work(workerData))
}
