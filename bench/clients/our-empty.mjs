// A floor: the same by our own way, the completion queue. The addon exports no call that does nothing; the nearest is to read
// on in a body that has ended: to the runtime's thread and back, without a request.
import { createRequire } from 'node:module'
import { sizeIn } from './index.mjs'

const FIELDS = 5

/** @param {import('./index.mjs').Place} place @returns {Promise<import('./index.mjs').Client>} */
export async function open({ endpoint, region, accessKeyId, secretAccessKey, bucket }) {
  const { Engine } = createRequire(import.meta.url)('../../native.cjs')
  const pending = new Map()
  const engine = new Engine((batch) => {
    for (let at = 0; at < batch.length; at += FIELDS) {
      const { resolve, reject } = pending.get(batch[at])
      pending.delete(batch[at])
      if (batch[at + 1]) resolve(batch[at + 4])
      else reject(new Error(String(batch[at + 3])))
    }
  })
  let last = 0
  const called = (start) =>
    new Promise((resolve, reject) => {
      last += 1
      pending.set(last, { resolve, reject })
      start(last)
    })
  const credentials = { accessKeyId, secretAccessKey }
  const settings = { id: 1, endpoint, region, bucket, credentials, conditions: 'trust', environment: {} }
  const store = engine.openStore(JSON.stringify(settings))
  // Above 256 KiB a body is not read at once.
  const body = await called((call) => store.get(call, 'get-1048576'))
  await called((call) => body.collect(call, 2 ** 30))
  return {
    async get(key) {
      await called((call) => body.read(call))
      return { byteLength: sizeIn(key) }
    },
  }
}
