// Large streams take little memory, and transfers that are aborted leave nothing behind.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { TestBucket } from './support/bucket.mjs'
import { environment, resultOf } from './support/child.mjs'
import { servers } from './support/servers.mjs'

// The development server keeps everything in memory.
const server = servers.find(({ name }) => name === 'minio') ?? servers[0]
const env = environment(server)
const skip = existsSync('/proc/self/status') ? false : 'this system has no /proc to look into'
/** MiB beyond what the process has while it is idle. */
const MOST = 96

describe(`streams under load, ${server.name}`, () => {
  let bucket
  let folder
  before(async () => {
    bucket = await TestBucket.create(server)
    folder = await mkdtemp(join(tmpdir(), 's3-store-'))
  })
  after(async () => {
    await rm(folder, { recursive: true })
    await bucket.remove()
  })

  for (const path of [
    'an async iterable',
    'a Readable',
    'a web ReadableStream',
    'into a file',
    'an open file',
    'a file stream',
    'a Blob',
    'from a file',
    'for await',
    'a Node stream',
    'a web stream',
  ]) {
    it(`a gibibyte by ${path} stays within ${MOST} MiB`, { timeout: 300_000, skip }, async () => {
      const file = join(folder, 'gibibyte')
      const { idle, peak } = await resultOf('streams-memory.mjs', [bucket.name, path, file], { env, bound: 280_000 })
      assert.ok(peak - idle <= MOST, `${idle.toFixed()} MiB idle, ${peak.toFixed()} at its peak`)
    })
  }

  it('a thousand aborted transfers leave no upload, file, socket or listener', { timeout: 300_000, skip }, async () => {
    const left = await resultOf('aborted-transfers.mjs', [bucket.name, folder], { env, bound: 280_000 })
    assert.ok(left.aborted >= 1000, `${left.aborted} were aborted`)
    assert.ok(
      left.kinds.every((count) => count > 0),
      `each kind of them: ${left.kinds}`,
    )
    assert.deepEqual(left.files, [])
    assert.equal(left.listeners, 0)
    assert.ok(left.seen > 0, 'no connection was seen after a write, so none can be missed')
    assert.equal(left.sockets, 0)
    assert.deepEqual(await bucket.uploads(), [])
  })
})
