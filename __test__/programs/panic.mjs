// Lets tasks of the native addon panic, and reads an object afterwards. The addon is one that was built with the hook for it.
import { createRequire } from 'node:module'

const [, , addon, endpoint] = process.argv
const { Engine } = createRequire(import.meta.url)(addon)
const calls = new Map()
let last = 0

const engine = new Engine((batch) => {
  for (let place = 0; place < batch.length; place += 5) {
    const [call, ok, , head, body] = batch.slice(place, place + 5)
    calls.get(call)({ ok, head, body })
  }
})
const start = (work) =>
  new Promise((resolve) => {
    last += 1
    calls.set(last, resolve)
    work(last)
  })

const store = engine.openStore(
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
const panics = await Promise.all([...panicking(false), ...panicking(true)])
const { body } = await start((call) => store.get(call, 'key', null))
console.log(
  JSON.stringify({
    panics: panics.map(({ ok, head }) => (ok ? 'no panic' : JSON.parse(head).kind)),
    after: body.toString(),
  }),
)
