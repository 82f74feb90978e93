// Workers that load the package, use it and end, one after the other, four at a time. How they end: by themselves (exit), by
// terminate() or by process.exit() with calls in flight.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

if (isMainThread) {
  const [, , bucket, ending, count] = process.argv
  const codes = {}
  let used = 0
  let left = Number(count)
  const one = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { bucket, ending, moment: left % 10 } })
      worker.on('message', () => {
        used += 1
        if (ending === 'terminate') setTimeout(() => worker.terminate(), left % 10)
      })
      worker.on('error', reject)
      worker.on('exit', (code) => {
        codes[code] = (codes[code] ?? 0) + 1
        resolve()
      })
    })
  const lane = async () => {
    while (left > 0) {
      left -= 1
      await one()
    }
  }
  await Promise.all(Array.from({ length: 4 }, lane))
  console.log(JSON.stringify({ used, codes }))
} else {
  const { default: createS3Store } = await import('s3-store-native')
  const { bucket, ending, moment } = workerData
  const store = createS3Store(bucket)
  const text = await (await store.getObject('small')).asString()
  if (text !== 'small') throw new Error(text)
  if (ending !== 'exit') {
    const again = async (call) => {
      for (;;) await call()
    }
    for (let lane = 0; lane < 4; lane += 1) {
      again(() => store.getObject('small'))
      again(() => store.getObject('medium'))
      again(() => store.getObject('large'))
      again(() => store.createObject('small', Buffer.alloc(100_000)).catch(() => {}))
    }
    if (ending === 'process-exit') setTimeout(() => process.exit(5), moment)
  }
  parentPort.postMessage('used')
}
