// Writes and reads an object, and prints what was asked of Linux about huge pages meanwhile.
import { readFileSync } from 'node:fs'
import createS3Store from 's3-store-native'

const store = createS3Store(process.argv[2])
await store.createObject('object', Buffer.alloc(8 * 1024 * 1024))
await (await store.getObject('object')).asByteArray()
// https://docs.kernel.org/filesystems/proc.html: hg is MADV_HUGEPAGE
const asked = [...readFileSync('/proc/self/smaps', 'utf8').matchAll(/^VmFlags:.* hg\b/gm)].length
const allowed = /^THP_enabled:\s*(\d)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
console.log(JSON.stringify({ asked: asked > 0, allowed }))
