// Many calls at once, and many one after the other.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import { environment, resultOf } from './support/child.mjs'
import { TestBucket } from './support/bucket.mjs'
import { anyServer } from './support/servers.mjs'

const env = environment(anyServer)
const noProc = existsSync('/proc/self/fd') ? false : 'this system has no /proc to count in'

/** Runs a program with a bucket of its own, and gives what it reports. */
async function report(bound, program, flags, ...args) {
  const bucket = await TestBucket.create(anyServer)
  try {
    return await resultOf(program, [bucket.name, ...args], { env, bound, flags })
  } finally {
    await bucket.remove()
  }
}

describe('load', () => {
  it('ten thousand calls at once queue', { timeout: 240_000, skip: noProc }, async () => {
    const { baseline, most, read, written } = await report(200_000, 'ten-thousand.mjs', [])
    assert.deepEqual([read, written], [9_000, 1_000])
    // maxConnections is 128; the rest is for what the process opens besides.
    assert.ok(most - baseline <= 128 + 32, `${most - baseline} more descriptors than before`)
  })

  it('maxConnections bounds the connections', { timeout: 120_000, skip: noProc }, async () => {
    const { baseline, most } = await report(100_000, 'ten-thousand.mjs', [], '1000', '5')
    assert.ok(most - baseline <= 5 + 8, `${most - baseline} more descriptors than before`)
  })

  it(
    '20,000 gets of which half are never read leave heap and memory flat',
    { timeout: 300_000, skip: noProc },
    async () => {
      const { early, late } = await report(280_000, 'flat-memory.mjs', ['--expose-gc'])
      const MiB = 1024 * 1024
      // Early is after 10,000 gets, when pools and allocators have their working size. The 5,000 bodies that are not read
      // after that are 100 MiB in all, of which the margins are a small part.
      assert.ok(late.heapUsed - early.heapUsed < 4 * MiB, `heap: ${JSON.stringify({ early, late })}`)
      assert.ok(late.external - early.external < 4 * MiB, `external: ${JSON.stringify({ early, late })}`)
      assert.ok(late.rss - early.rss < 24 * MiB, `resident: ${JSON.stringify({ early, late })}`)
    },
  )
})
