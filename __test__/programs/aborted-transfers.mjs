// Transfers that are aborted at random moments, until a thousand have ended so, and what is left of them.
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import createS3Store from 's3-store-native'

const [bucket, folder] = process.argv.slice(2)
const MiB = 1024 * 1024
const partSize = 5 * MiB
const store = createS3Store(bucket)
const body = Buffer.alloc(6 * MiB, 'body')
await store.createObject('there', body)
const seen = connections()
await store.createObject('there in parts', new Blob([body]), { partSize })

async function* pieces() {
  for (let at = 0; at < body.length; at += MiB) {
    yield body.subarray(at, at + MiB)
    await sleep(0)
  }
}

const file = `${folder}/there too`
writeFileSync(file, body)

const transfers = [
  (signal) => store.createObject('aborted', pieces(), { partSize, signal }),
  (signal) => store.createObjectFromFile('aborted', process.argv[1], { signal }),
  (signal) => store.createObjectFromFile('aborted', file, { partSize, signal }),
  (signal) => store.getObjectToFile('there', `${folder}/there`, { partSize: MiB, signal }),
  async (signal) => (await store.getObject('there', { signal })).asByteArray(),
  async (signal) => {
    for await (const piece of await store.getObject('there', { signal }))
      if (piece.length === 0) throw new Error('empty')
  },
]

/** How many connections the process has: not its pipes, which are sockets too. */
function connections() {
  const tables = ['tcp', 'tcp6'].map((kind) => readFileSync(`/proc/self/net/${kind}`, 'utf8').trim())
  const rows = tables.flatMap((table) => table.split('\n').slice(1))
  const names = new Set(rows.map((row) => `socket:[${row.trim().split(/\s+/)[9]}]`))
  const open = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return ''
    }
  })
  return open.filter((name) => names.has(name)).length
}

let aborted = 0
/** How many of each kind. */
const kinds = transfers.map(() => 0)
const listening = new Set()
async function transfer(number) {
  const abort = new AbortController()
  const { signal } = abort
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (type, hear, ...rest) => {
    listening.add(hear)
    addEventListener.call(signal, type, hear, ...rest)
  }
  signal.removeEventListener = (type, hear, ...rest) => {
    listening.delete(hear)
    removeEventListener.call(signal, type, hear, ...rest)
  }
  const reason = new Error('enough')
  const timer = setTimeout(() => abort.abort(reason), Math.random() * 30)
  try {
    await transfers[number % transfers.length](signal)
  } catch (error) {
    if (error.uploadId) throw new Error(`upload ${error.uploadId} was left`, { cause: error })
    if (error === reason || error.cause === reason) {
      aborted += 1
      kinds[number % transfers.length] += 1
    } else if (error.name !== 'KeyExistsError') throw error
  } finally {
    clearTimeout(timer)
  }
}

const total = 1000
let next = 0
const lane = async () => {
  while (aborted < total) {
    next += 1
    await transfer(next)
  }
}
await Promise.all(Array.from({ length: 8 }, lane))
await store.close()
// The pool keeps idle connections for other calls, of a closed store too: for 15 seconds.
for (let second = 0; connections() > 0 && second < 60; second += 1) await sleep(1000)
const sockets = connections()
const files = readdirSync(folder).filter((name) => !name.startsWith('there'))
console.log(JSON.stringify({ aborted, kinds, seen, sockets, files, listeners: listening.size }))
