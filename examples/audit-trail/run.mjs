// Several writers of one log, and what becomes known of those who meddle with it.
import { generateKeyPairSync } from 'node:crypto'
import createS3Store from 's3-store-native'
import { folder, store, tidyUp } from '../support/bucket.mjs'
import { AuditTrail } from './audit-trail.mjs'

// Whoever verifies has the private key; those who write have none.
const { publicKey, privateKey } = generateKeyPairSync('ed25519')

const writers = ['Ada', 'Grace', 'Edsger', 'Tony'].map((name) => ({
  name,
  trail: new AuditTrail(createS3Store(store.bucket), folder),
}))
await Promise.all(
  writers.flatMap(({ name, trail }) =>
    ['logged in', 'read the plans'].map((what) => trail.append({ who: name, what })),
  ),
)
const trail = new AuditTrail(store, folder)
const entries = []
for await (const entry of trail.entries()) entries.unshift(entry)
console.log(`${entries.length} entries by ${writers.length} writers, all at once:`)
for (const { seq, previous, what } of entries) {
  console.log(`  ${seq} after ${previous.slice(0, 8)}: ${what.who} ${what.what}`)
}

const { problems, head } = await trail.verify(publicKey)
if (problems.length > 0) throw new Error('There is nothing wrong yet.')
const checkpoint = await trail.checkpoint(head, privateKey)
console.log(
  `All is right up to entry ${head.seq}, ${head.hash.slice(0, 8)}. This is signed now, and a copy of it kept.`,
)

const keys = []
for await (const key of store.list(`${folder}entries/`).keys()) keys.unshift(key)
await store.update(keys[2] ?? '', rewrite)
await store.deleteObject(keys[4] ?? '')
await store.update(keys[7] ?? '', rewrite)
console.log('Somebody changes entry 3, deletes entry 5, and rewrites the last one, to which no other is chained.')

const found = await trail.verify(publicKey, { kept: [checkpoint] })
for (const { seq, kind, key } of found.problems.toReversed()) {
  console.log(`  entry ${seq}: ${kind} (${key.slice(folder.length)})`)
}

await tidyUp()

/** @param {import('s3-store-native').GetResult | null} entry */
async function rewrite(entry) {
  return (await entry?.asString())?.replace(/"who":"[^"]+"/, '"who":"nobody"')
}
