// Lets tasks of the native addon panic, and reads an object afterwards. The addon is one that was built with the hook for it.
import { createRequire } from 'node:module'

const [, , addon, endpoint] = process.argv
const require = createRequire(import.meta.url)
const { Calls } = require('../../lib/native/calls.cjs')

const calls = new Calls(require(addon), () => {})
const start = (work) => {
  const call = calls.next()
  work(call)
  return calls.wait(call, (report) => report)
}

const store = calls.engine.openStore(
  JSON.stringify({
    id: 1,
    bucket: 'bucket',
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    environment: {},
  }),
)
const panicking = (writing) => Array.from({ length: 20 }, () => start((call) => store.panicForTest(call, writing)))
const panics = await Promise.allSettled([...panicking(false), ...panicking(true)])
const { body } = await start((call) => store.get(call, 'key', null))
console.log(
  JSON.stringify({
    panics: panics.map(({ reason }) => reason?.data.kind ?? 'no panic'),
    after: body.toString(),
  }),
)
