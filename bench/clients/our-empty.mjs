// A floor: the same by our own way, the completion queue. The addon exports no call that does nothing; the nearest is to read
// on in a body that has ended: to the runtime's thread and back, without a request.
import { createRequire } from 'node:module'
import { sizeIn } from './index.mjs'

const require = createRequire(import.meta.url)

/** @param {import('./index.mjs').Place} place @returns {Promise<import('./index.mjs').Client>} */
export async function open({ endpoint, region, accessKeyId, secretAccessKey, bucket }) {
  const { Calls } = require('../../lib/native/calls.cjs')
  const calls = new Calls(require('../../native.cjs'), () => {})
  const called = (start) => {
    const call = calls.next()
    start(call)
    return calls.wait(call, (report) => report.body)
  }
  const credentials = { accessKeyId, secretAccessKey }
  const settings = { id: 1, endpoint, region, bucket, credentials, conditions: 'trust', environment: {} }
  const store = calls.engine.openStore(JSON.stringify(settings))
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
