// JSON, checked when it is read: by a function or a schema (Zod, Valibot, ArkType, whatever follows standardschema.dev).
import { createJsonWrapper } from 's3-store-native'
import { folder, store, tidyUp } from './support/bucket.mjs'

/** @typedef {{ count: number, since: Date }} Counter */

/**
 * What was read is a counter, or it throws. Dates are text in JSON: here they become dates again.
 * @param {any} value
 * @returns {Counter}
 */
function parse(value) {
  if (!Number.isInteger(value?.count)) throw new TypeError('this is no counter')
  return { count: value.count, since: new Date(value.since) }
}

const counters = createJsonWrapper(store, { parse, stringify: (value) => JSON.stringify(value, null, 2) })
const key = `${folder}counter.json`

const etag = await counters.createObject(key, { count: 0, since: new Date('2026-01-01T00:00:00Z') })
const [counter] = await counters.getObject(key)
console.log(`Since ${counter.since.getUTCFullYear()}: ${counter.count}.`)

// Read, change, write if nobody else did meanwhile; again if somebody did.
const { value } = await counters.update(key, (current) => ({ count: (current?.count ?? 0) + 1, since: new Date() }))
console.log(`Counted: ${value?.count}.`)

// Only if it has changed: null where it hasn't.
const [, current] = await counters.getObject(key)
console.log(`Changed since it was created: ${(await counters.getObject(key, { ifNoneMatch: etag })) !== null}.`)
console.log(`Changed since it was counted: ${(await counters.getObject(key, { ifNoneMatch: current })) !== null}.`)

// What isn't a counter is not handed out as one.
await store.createObject(`${folder}other.json`, '{"name":"other"}')
await counters.getObject(`${folder}other.json`).catch((error) => console.log(`The other: ${error.message}.`))

await tidyUp()
