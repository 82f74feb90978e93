// What a store does, as it can be seen from outside: by Node's diagnostics channels, to which OpenTelemetry and others attach,
// by counts, and with NODE_DEBUG=s3-store in the environment by a line on stderr for each attempt.
import { subscribe, tracingChannel } from 'node:diagnostics_channel'
import { folder, store, tidyUp } from './support/bucket.mjs'

/** @typedef {import('s3-store-native').CallContext} CallContext */
/** @typedef {import('s3-store-native').AttemptMessage} AttemptMessage */

// Calls: a tracing channel for each method, with one object for each call, from its start to its end.
for (const operation of ['createObject', 'getObject']) {
  tracingChannel(`s3-store-native:${operation}`).asyncEnd.subscribe((context) => {
    const { attempts, bytes, error } = /** @type {CallContext} */ (context)
    console.log(`${operation}: ${attempts} attempt, ${error instanceof Error ? error.name : `${bytes} bytes`}.`)
  })
}

// Attempts: one message for each request.
subscribe('s3-store-native:attempt', (message) => {
  const { request, attempt, status } = /** @type {AttemptMessage} */ (message)
  console.log(`${request}, attempt ${attempt}: ${status}.`)
})

const key = `${folder}greeting`
await store.createObject(key, 'hello', 'text/plain')
await store.getObject(key)
await store.getObject(`${folder}absent`).catch(() => {})

// Counts, since the store was made.
const { calls, inFlight, connections } = store.stats()
console.log(`${calls} calls, ${inFlight} in flight, at most ${connections?.max} connections.`)

await tidyUp()
