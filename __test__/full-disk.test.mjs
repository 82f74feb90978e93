// A disk that fills while an object is read into a file.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { TestBucket } from './support/bucket.mjs'
import { environment, resultOf } from './support/child.mjs'
import { servers } from './support/servers.mjs'

const MiB = 1024 * 1024
const bound = 60_000
const key = 'large'

/** Commands that run another one where a file in a folder can't have more than 2 MiB, and the error's code then. */
const surroundings = {
  'a limit for the size of files': {
    // In blocks of 512 bytes. Node ignores the signal that comes with it.
    command: () => ['sh', '-c', 'ulimit -f 4096 && exec "$@"', 'sh'],
    code: 'EFBIG',
  },
  'a full file system': {
    // Of the command's own, for which nobody has to be root.
    command: (folder) => [
      ...['unshare', '--map-root-user', '--mount', 'sh', '-c'],
      'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"',
      folder,
    ],
    code: 'ENOSPC',
  },
}

/** Why such a command can't be run here, if it can't. */
function missing([command, ...args]) {
  const { status, stderr, error } = spawnSync(command, [...args, 'true'], { encoding: 'utf8' })
  return status === 0 ? false : `not to be had here: ${error?.message ?? stderr.trim()}`
}

for (const server of servers) {
  describe(`a disk that fills while downloading, ${server.name}`, () => {
    let bucket
    let folder
    before(async () => {
      bucket = await TestBucket.create(server)
      await bucket.write(key, randomBytes(5 * MiB))
      folder = await mkdtemp(join(tmpdir(), 's3-store-'))
    })
    after(async () => {
      await rm(folder, { recursive: true })
      await bucket.remove()
    })

    for (const [name, { command, code }] of Object.entries(surroundings)) {
      const skip = missing(command(tmpdir()))
      it(`${name}: ${code}, and the folder is as it was`, { skip, timeout: bound }, async () => {
        const path = join(folder, code)
        const options = { env: environment(server), through: command(folder) }
        for (const held of ['', 'what was there before']) {
          const { error, left, content } = await resultOf('download.mjs', [bucket.name, key, path, held], options)
          assert.deepEqual([error.code, error.operation, error.key], [code, 'getObjectToFile', key])
          assert.ok(error.message.includes(path), error.message)
          assert.deepEqual(left, held ? [code] : [])
          assert.equal(content, held)
        }
        await rm(path, { force: true })
      })
    }

    it('where there is room, the same program succeeds', { timeout: bound }, async () => {
      const path = join(folder, 'target')
      const { error, left } = await resultOf('download.mjs', [bucket.name, key, path], { env: environment(server) })
      assert.deepEqual([error, left], [undefined, ['target']])
    })
  })
}
