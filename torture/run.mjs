// One run: a server, a proxy and clients, kills meanwhile; then quiet, last reads, and the judgement.
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generator } from '../__test__/support/random.mjs'
import { cache } from '../scripts/run.mjs'
import { Clients } from './clients.mjs'
import { now } from './clock.mjs'
import { countersOf } from './counters.mjs'
import { judge } from './judge.mjs'
import { kill } from './killing.mjs'
import { Proxy } from './proxy.mjs'
import { learnFromRequests, serverHistory } from './server-history.mjs'
import { createBucket, kinds } from './servers.mjs'
import { callsOf, learnFromCalls, StoreHistory } from './store-history.mjs'
import { Writes } from './writes.mjs'

const counters = ['t/counter-0', 't/counter-1']

/**
 * @param {object} task
 * @param {string} task.server
 * @param {number} task.seconds
 * @param {number} task.seed
 * @param {string} task.checker its program
 */
export async function torture({ server, seconds, seed, checker }) {
  const kind = kinds[server]
  mkdirSync(join(cache, 'torture'), { recursive: true })
  const folder = mkdtempSync(join(cache, 'torture', `${server}-`))
  const nodes = await kind.start()
  try {
    const lived = await live({ nodes, kind, seconds, seed, folder })
    const judged = await judgeRun(lived, kind, { checker, folder })
    return { name: server, version: nodes[0].version, seconds, seed, folder, ...judged }
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
  }
}

/**
 * @param {object} task
 * @param {import('./servers.mjs').Guarded[]} task.nodes
 * @param {import('./servers.mjs').Kind} task.kind
 * @param {number} task.seconds
 * @param {number} task.seed
 * @param {string} task.folder
 */
async function live({ nodes, kind, seconds, seed, folder }) {
  const bucket = `torture-${randomUUID()}`
  await createBucket(nodes[0], bucket)
  const random = generator(seed)
  const proxy = new Proxy({ bucket, nodes: nodes.map(({ endpoint }) => endpoint), random, isSerial: kind.isSerial })
  const { region, accessKeyId, secretAccessKey } = nodes[0]
  const { deletes } = kind
  const clients = new Clients(proxy, folder, {
    ...{ bucket, region, accessKeyId, secretAccessKey, counters, deletes },
    ...{ began: now(), conditions: 'verify' },
  })
  try {
    await clients.run('begin', { part: 'begin', seed })
    proxy.setLossy(true)
    const kills = await kill({ clients, nodes, random }, AbortSignal.timeout(seconds * 1000))
    proxy.setLossy(false)
    await clients.endAll()
    await proxy.quiet()
    const keys = [...new Set(proxy.requests.map(({ key }) => key))].toSorted()
    await clients.run('end', { part: 'end', seed, keys })
    await proxy.quiet()
    const calls = clients.names.flatMap((name) => callsOf(name, readLines(clients.fileOf(name))))
    return { kills, calls, requests: proxy.requests, faults: proxy.faults }
  } finally {
    await clients.killAll()
    proxy.close()
  }
}

/**
 * The lines of a client's file. One that was killed while it wrote leaves half a line: of something not done yet.
 * @param {string} file
 * @returns {import('./calls.mjs').Line[]}
 */
function readLines(file) {
  if (!existsSync(file)) return []
  const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return whole.map((line) => JSON.parse(line))
}

/**
 * @param {Awaited<ReturnType<typeof live>>} lived
 * @param {import('./servers.mjs').Kind} kind
 * @param {{ checker: string, folder: string }} options
 */
async function judgeRun({ kills, calls, requests, faults }, { deletesAbsent }, { checker, folder }) {
  const writes = new Writes()
  learnFromRequests(requests, writes)
  learnFromCalls(calls, writes)
  const history = new StoreHistory(calls, requests, writes)
  const byServer = serverHistory(requests, writes)
  keep(join(folder, 'requests.jsonl'), requests)
  keep(join(folder, 'server-history.jsonl'), byServer)
  keep(join(folder, 'store-history.jsonl'), history.operations)
  const server = await judge(checker, byServer, { deletesAbsent, pictures: join(folder, 'server') })
  const store = await judge(checker, history.operations, { deletesAbsent, pictures: join(folder, 'store') })
  return {
    ...{ kills, calls, requests, lost: faults, server, store },
    contradictions: writes.contradictions,
    faults: history.faults,
    counters: countersOf(calls, (call) => history.mayHaveWritten(call)),
  }
}

/** @param {string} file @param {object[]} lines */
function keep(file, lines) {
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
