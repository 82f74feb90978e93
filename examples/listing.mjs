// What is in the bucket: in pages, one by one, or folder by folder.
import { folder, store, tidyUp } from './support/bucket.mjs'

for (const name of ['a.txt', 'b.txt', 'logs/1', 'logs/2', 'logs/3', 'photos/cat']) {
  await store.createObject(`${folder}${name}`, name, 'text/plain')
}
/** @param {string} key without the folder of this run */
const short = (key) => key.slice(folder.length)

// One by one. The next page is asked for while this one is looked at.
const sizes = []
for await (const { Key, Size } of store.list(folder).objects()) sizes.push(`${short(Key)} ${Size}`)
console.log(`All: ${sizes.join(', ')}.`)

// As in a file system: what lies deeper is told by what it begins with.
for await (const page of store.list(folder, { delimiter: '/' })) {
  const names = [...page.map(({ Key }) => Key), ...page.commonPrefixes]
  console.log(`Here: ${names.map(short).join(', ')}.`)
}

// From somewhere on, keys only, in pages as large as you like.
const later = []
for await (const key of store.list(folder, { startAfter: `${folder}logs/1`, pageSize: 2 }).keys())
  later.push(short(key))
console.log(`After logs/1: ${later.join(', ')}.`)

await tidyUp()
