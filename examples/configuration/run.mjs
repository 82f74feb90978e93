// Publishers and a watcher of one configuration, in the bucket that S3_BUCKET names.
import { setTimeout as sleep } from 'node:timers/promises'
import { folder, store, tidyUp } from '../support/bucket.mjs'
import { Configuration, VersionConflictError } from './configuration.mjs'

/**
 * The schema. A schema library's `parse` is such a function.
 * @param {any} value
 * @returns {{ limit: number, features: string[] }}
 */
function check(value) {
  if (!Number.isInteger(value?.limit) || value.limit < 1) throw new TypeError('limit must be 1 or more')
  if (!Array.isArray(value.features)) throw new TypeError('features must be a list')
  return value
}

const key = `${folder}shop`
const configuration = new Configuration(store, key, check)

const ending = new AbortController()
const watched = { version: 0, problems: 0 }
const watching = watch()

await configuration.publish({ limit: 10, features: [] }, { expected: 0, note: 'first' })
console.log('Published version 1.')
await until(() => watched.version === 1)

// Two who have seen version 1.
const outcomes = await Promise.allSettled([
  configuration.publish({ limit: 20, features: [] }, { expected: 1, note: 'more' }),
  configuration.publish({ limit: 10, features: ['search'] }, { expected: 1, note: 'search' }),
])
for (const outcome of outcomes) {
  if (outcome.status === 'fulfilled') console.log(`Published version ${outcome.value.version}: ${outcome.value.note}.`)
  else if (!(outcome.reason instanceof VersionConflictError)) throw outcome.reason
  else console.log(`Refused: ${outcome.reason.message}. To look at: ${JSON.stringify(outcome.reason.current?.value)}.`)
}
await until(() => watched.version === 2)

await configuration
  .publish({ limit: 0, features: [] }, { expected: 2 })
  .catch((error) => console.log(`Not published: ${error.message}.`))

// Somebody edits the object by hand.
const { etag } = await store.headObject(`${key}/current.json`)
await store.putObjectIfMatch(`${key}/current.json`, '{"limit":0}', etag)
await until(() => watched.problems > 0)

const { version, note } = await configuration.rollback(1, { expected: 2 })
console.log(`Published version ${version}: ${note}.`)
await until(() => watched.version === 3)

console.log(`From 2 to 3: ${JSON.stringify(await configuration.diff(2, 3))}. All versions:`)
for await (const { version, note, value } of configuration.history()) {
  console.log(`  ${version}  ${note.padEnd(16)} ${JSON.stringify(value)}`)
}

ending.abort()
await watching
await tidyUp()

async function watch() {
  const onProblem = (/** @type {any} */ { message }) => {
    console.log(`    watcher: keeps what it has. ${message.replace(folder, '')}`)
    watched.problems += 1
  }
  for await (const { version, value } of configuration.watch({ interval: 50, signal: ending.signal, onProblem })) {
    console.log(`    watcher: version ${version} is ${JSON.stringify(value)}`)
    watched.version = version
  }
}

/** @param {() => boolean} condition */
async function until(condition) {
  while (!condition()) await sleep(10)
}
