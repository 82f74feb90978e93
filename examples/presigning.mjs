// Links for somebody else, a browser say, who has no credentials: to create one object and nothing but that, or to read one.
import { folder, store, tidyUp } from './support/bucket.mjs'

const key = `${folder}upload`

// A link that creates, and never overwrites: the condition is a header that is signed.
const link = await store.presign('PUT', key, {
  ifNoneMatch: '*',
  contentType: 'text/plain',
  recovery: true,
  expiresIn: 300,
})
const { url, method, headers, writeId } = link
const uploaded = await fetch(url, { method, headers, body: 'from a browser' })
console.log(`Uploaded: ${uploaded.status}.`)

// Used again, it is answered with 412. Without its condition it isn't valid.
const again = await fetch(url, { method, headers, body: 'once more' })
console.log(`Once more: ${again.status}.`)
const { 'if-none-match': _condition, ...others } = headers
const unconditional = await fetch(url, { method, headers: others, body: 'over it' })
console.log(`Without the condition: ${unconditional.status}.`)

// Later, and wherever the link was made: did it land?
const { status } = await store.resolveWrite(key, writeId)
console.log(`The upload has ${status}.`)

// A link that reads, as a download with a name.
const read = await store.presign('GET', key, { responseContentDisposition: 'attachment; filename="upload.txt"' })
const downloaded = await fetch(read.url, { headers: read.headers })
console.log(`Read: "${await downloaded.text()}", as ${downloaded.headers.get('content-disposition')}.`)

await tidyUp()
