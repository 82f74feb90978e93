// One run: a server, a proxy and clients, kills meanwhile; then quiet, last reads, and the judgement.
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generator } from '../__test__/support/random.mjs'
import { cache, ScriptError } from '../scripts/run.mjs'
import { Clients } from './clients.mjs'
import { now } from './clock.mjs'
import { countersOf } from './counters.mjs'
import { judge } from './judge.mjs'
import { kill, restartAll } from './killing.mjs'
import { Proxy } from './proxy.mjs'
import { learnFromRequests, sawAbsence, serverHistory } from './server-history.mjs'
import { createBucket, kinds } from './servers.mjs'
import { callsOf, learnFromCalls, StoreHistory } from './store-history.mjs'
import { Writes } from './writes.mjs'

const counters = ['t/counter-0', 't/counter-1']

/**
 * @typedef {object} Task
 * @property {string} server one of `kinds`
 * @property {number} seconds
 * @property {number} seed
 * @property {string} [lie] a fault by which the development server breaks its word
 * @property {string} checker its program
 * @property {AbortSignal} [signal] ends the run, with nothing left behind
 */

/**
 * What was written down stays in the result's `folder`.
 * @param {Task} task
 */
export async function torture(task) {
  const { server: name, checker } = task
  const kind = kinds[name]
  mkdirSync(join(cache, 'torture'), { recursive: true })
  const folder = mkdtempSync(join(cache, 'torture', `${name}-`))
  try {
    const nodes = await kind.start(task)
    try {
      const lived = await live(task, { nodes, kind, folder })
      const judged = await judgeRun(lived, kind, { checker, folder })
      return { ...task, name, version: nodes[0].version, folder, ...judged }
    } finally {
      await Promise.all(nodes.map((node) => node.stop()))
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/**
 * @param {Task} task
 * @param {{ nodes: import('./servers.mjs').Node[], kind: import('./servers.mjs').Kind, folder: string }} place
 */
async function live({ seconds, seed, lie, signal }, { nodes, kind, folder }) {
  const bucket = `torture-${randomUUID()}`
  await createBucket(nodes[0], bucket)
  const random = generator(seed)
  const endpoints = nodes.map(({ endpoint }) => endpoint)
  const proxy = new Proxy({ bucket, nodes: endpoints, random, isSerial: kind.isSerial === true })
  const { region, accessKeyId, secretAccessKey } = nodes[0]
  const clients = new Clients(proxy, folder, {
    ...{ bucket, region, accessKeyId, secretAccessKey, counters, began: now() },
    deletes: kind.deletes === true,
    conditions: lie ? 'trust' : 'verify',
  })
  try {
    await clients.run('begin', { part: 'begin', seed })
    proxy.setLossy(true)
    const kills = await kill({ clients, nodes, random, seconds }, signal)
    if (signal?.aborted) throw new ScriptError('interrupted')
    proxy.setLossy(false)
    await clients.endAll()
    await restartAll(nodes)
    await proxy.quiet()
    const keys = [...new Set(proxy.requests.map(({ key }) => key))].toSorted()
    await clients.run('end', { part: 'end', seed, keys })
    await proxy.quiet()
    const calls = clients.names.flatMap((name) => callsOf(name, readLines(clients.fileOf(name))))
    const unread = calls.filter(({ client, outcome }) => client === 'end' && outcome === 'failed')
    return { kills, calls, requests: proxy.requests, disturbed: proxy.faults, unread }
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
async function judgeRun(lived, { deletesAbsent = false, deniesObjects = false }, { checker, folder }) {
  const { calls, requests } = lived
  const writes = new Writes()
  learnFromRequests(requests, writes)
  learnFromCalls(calls, writes)
  const history = new StoreHistory(calls, requests, writes)
  /** @param {import('./server-history.mjs').Operation} operation */
  const says = (operation) => !(deniesObjects && sawAbsence(operation))
  const serverOperations = serverHistory(requests, writes).filter(says)
  const storeOperations = history.operations.filter(says)
  const rules = { deletesAbsent, createsOver: deniesObjects }
  keep(join(folder, 'requests.jsonl'), requests)
  keep(join(folder, 'server-history.jsonl'), serverOperations)
  keep(join(folder, 'store-history.jsonl'), storeOperations)
  return {
    ...lived,
    server: await judge(checker, serverOperations, { ...rules, pictures: join(folder, 'server') }),
    store: await judge(checker, storeOperations, { ...rules, pictures: join(folder, 'store') }),
    contradictions: writes.contradictions,
    broken: history.broken,
    counters: countersOf(calls, (call) => history.mayHaveWritten(call)),
  }
}

/** @param {string} file @param {object[]} lines */
function keep(file, lines) {
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
