// One client: a process with stores of its own that makes calls, many at a time, until its standard input ends, or until it
// is killed. Usage: node client.mjs <task as JSON>
import createS3Store, { createJsonWrapper } from 's3-store-native'
import { setTimeout as pause } from 'node:timers/promises'
import { generator, pick } from '../__test__/support/random.mjs'
import { Calls } from './calls.mjs'
import { now } from './clock.mjs'

/**
 * @typedef {object} Task
 * @property {string} client its name
 * @property {string} endpoint
 * @property {string} region
 * @property {string} accessKeyId
 * @property {string} secretAccessKey
 * @property {string} bucket
 * @property {string} file for what it does
 * @property {number} seed
 * @property {'begin' | 'work' | 'end'} part makes the counters, works on the keys, reads what is there at last
 * @property {number} began
 * @property {string[]} counters
 * @property {string[]} [keys] to be read at last
 * @property {boolean} deletes whether it deletes
 * @property {'verify' | 'trust'} conditions
 */

const LOOPS = 4
const LONGEST_PAUSE_MS = 20
const LONGEST_DENIAL_S = 30
// A key is used for a while and then left alone: the histories stay short enough to be judged.
const KEYS_AT_A_TIME = 5
const KEYS_LAST_NS = 2e9
/** One body in so many is too large to be read in one piece. */
const LARGE = 25

/** @type {Task} */
const task = JSON.parse(process.argv[2])
const { bucket, endpoint, region, accessKeyId, secretAccessKey, conditions } = task
const store = createS3Store(bucket, {
  endpoint,
  region,
  credentials: { accessKeyId, secretAccessKey },
  conditions,
  // What is there at last has to be read.
  ...(task.part === 'end' ? { requestTimeout: 20_000, maxAttempts: 10 } : { requestTimeout: 2000 }),
})
const calls = new Calls({ store, json: createJsonWrapper(store), client: task.client, file: task.file })
const random = generator(task.seed)
const stopping = new AbortController()
process.stdin.once('end', () => stopping.abort()).resume()

/** @type {Map<string, string>} the etags that were seen last */
const known = new Map()
/** What this process has deleted, or tried to: once each, so that a request tells which call it is of. @type {Set<string>} */
const deleted = new Set()

const verbs = [
  ...['read', 'read', 'readIf', 'create', 'create', 'put', 'put', 'put', 'update', 'update', 'increment'],
  ...(task.deletes ? ['delete', 'delete'] : []),
]

if (task.part === 'begin') for (const key of task.counters) await calls.createCounter(key)
if (task.part === 'work') await Promise.all(Array.from({ length: LOOPS }, work))
if (task.part === 'end') for (const key of task.keys ?? []) await readAtLast(key)
process.stdin.destroy()

/**
 * A counter is there: a cluster whose nodes have just come back denies that until they have found each other (see `deniesObjects`
 * in servers.mjs).
 * @param {string} key
 */
async function readAtLast(key) {
  for (let second = 0; second < LONGEST_DENIAL_S; second += 1) {
    const found = await calls.read(key)
    if (found || !task.counters.includes(key)) return
    await pause(1000)
  }
}

async function work() {
  while (!stopping.signal.aborted) {
    await callOne(pick(random, verbs))
    await pause(random() * LONGEST_PAUSE_MS)
  }
}

/** @param {string} verb */
async function callOne(verb) {
  if (verb === 'increment') return calls.increment(pick(random, task.counters))
  const period = Math.floor((now() - task.began) / KEYS_LAST_NS)
  const key = `t/${period}-${Math.floor(random() * KEYS_AT_A_TIME)}`
  const size = Math.floor(random() * LARGE) === 0 ? 400_000 : 1 + random() * 2000
  const needsEtag = ['put', 'readIf', 'delete'].includes(verb)
  const etag = known.get(key) ?? (needsEtag ? (await calls.read(key))?.etag : undefined)
  const seen = await callOn(key, verb, etag, size)
  if (seen?.etag) known.set(key, seen.etag)
  // Whatever was known may be wrong now.
  else known.delete(key)
  return seen
}

/** @param {string} key @param {string} verb @param {string | undefined} etag @param {number} size */
function callOn(key, verb, etag, size) {
  if (verb === 'create' || (verb === 'put' && !etag)) return calls.create(key, size)
  if (verb === 'update') return calls.update(key, size)
  if (verb === 'put' && etag) return calls.put(key, etag, size)
  if (verb === 'readIf' && etag) return calls.readIf(key, etag)
  if (verb === 'delete' && etag && !deleted.has(`${key} ${etag}`)) {
    deleted.add(`${key} ${etag}`)
    return calls.delete(key, etag)
  }
  return calls.read(key)
}
