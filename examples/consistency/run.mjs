// Shows each guarantee on the bucket that S3_BUCKET names, and what becomes of updates without a condition.
import createS3Store from 's3-store-native'
import { folder, store as writer, tidyUp } from '../support/bucket.mjs'
import { guarantees, guaranteesOfVersions, show, sign, update, updateNaively } from './consistency.mjs'

// Another store: it has connections of its own, as another process would.
const reader = createS3Store(writer.bucket)
const where = { writer, reader, folder }

for await (const { guarantee, seen } of show(guarantees, where)) console.log(`✓ ${guarantee}\n    ${seen}`)

if (await keepsVersions()) {
  for await (const { guarantee, seen } of show(guaranteesOfVersions, where)) console.log(`✓ ${guarantee}\n    ${seen}`)
} else console.log('- The bucket keeps no versions.')

const people = ['Ada', 'Alan', 'Barbara', 'Edsger', 'Frances', 'Grace', 'Leslie', 'Tony']
const naive = await sign(updateNaively, { store: writer, key: `${folder}naive`, people })
const right = await sign(update, { store: writer, key: `${folder}right`, people })
console.log(`\n${people.length} people sign a guest book, all at once.`)
console.log(`Read, then write over whatever is there: only ${naive.join(', ')} is in it.`)
console.log(`With update(): ${right.join(', ')}.`)

await tidyUp()

/** Whether a write's answer names the version. */
async function keepsVersions() {
  return (await writer.createObject(`${folder}version`, 'x')).response.VersionId !== undefined
}
