// How processes and workers that use a store come to their end.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import { environment, resultOf, runProgram } from './support/child.mjs'
import { TestBucket } from './support/bucket.mjs'
import { anyServer } from './support/servers.mjs'
import { ScriptedServer } from './support/scripted-server.mjs'
import { object, silent } from './support/answers.mjs'

const env = environment(anyServer)
const bound = 120_000
const noHugePages = existsSync('/sys/kernel/mm/transparent_hugepage')
  ? false
  : 'this system has no huge pages to ask for'

/** A test with a bucket that holds a small object, one whose bytes are handed over whole, and a large one. */
const test = (name, run) =>
  it(name, { timeout: 2 * bound }, async () => {
    const bucket = await TestBucket.create(anyServer)
    try {
      await bucket.write('small', 'small')
      await bucket.write('medium', Buffer.alloc(100_000))
      await bucket.write('large', Buffer.alloc(8 * 1024 * 1024))
      await run(bucket)
    } finally {
      await bucket.remove()
    }
  })

describe('a process', () => {
  for (const use of ['nothing', 'store', 'call', 'unread', 'half-read', 'cancelled', 'listing', 'closed', 'failed']) {
    test(`with an idle store exits by itself: ${use}`, async (bucket) => {
      const end = await runProgram('idle.mjs', [bucket.name, use], { env, bound: 30_000 })
      assert.deepEqual(
        { ...end, stderr: '' },
        { code: 0, signal: null, stdout: 'end\n', stderr: '', hung: false },
        end.stderr,
      )
    })
  }

  it('waits for a call that nobody waits for', { timeout: bound }, async () => {
    const server = await ScriptedServer.start((request, response) => setTimeout(object('x'), 500, request, response))
    try {
      const end = await runProgram('pending.mjs', ['stay'], { env: environment(server), bound: 30_000 })
      assert.deepEqual([end.code, end.signal, end.stdout], [0, null, 'settled\n'], end.stderr)
    } finally {
      await server.close()
    }
  })

  for (const [how, code] of [
    ['exit', 7],
    ['throw', 1],
  ]) {
    it(`may end in the middle of calls: ${how}`, { timeout: bound }, async () => {
      const server = await ScriptedServer.start(silent)
      try {
        const end = await runProgram('pending.mjs', [how], { env: environment(server), bound: 30_000 })
        assert.deepEqual([end.code, end.signal, end.hung], [code, null, false], end.stderr)
      } finally {
        await server.close()
      }
    })
  }

  test('many times, with calls in every state', async (bucket) => {
    for (let time = 0; time < 10; time += 1) {
      const end = await runProgram('busy-exit.mjs', [bucket.name, String(time)], { env, bound: 30_000 })
      assert.deepEqual([end.code, end.signal, end.hung], [3, null, false], end.stderr)
    }
  })
})

describe('huge pages', { skip: noHugePages }, () => {
  for (const [how, own, expected] of [
    ['are not asked for', {}, { asked: false, allowed: '1' }],
    ['are, by whoever wants them', { MIMALLOC_ALLOW_THP: '1' }, { asked: true, allowed: '1' }],
  ]) {
    test(`${how}, and not kept from anybody else`, async (bucket) => {
      const result = await resultOf('huge-pages.mjs', [bucket.name], { env: { ...env, ...own }, bound })
      assert.deepEqual(result, expected)
    })
  }
})

describe('worker threads', () => {
  test('load, use and exit, 200 times', async (bucket) => {
    const result = await resultOf('workers.mjs', [bucket.name, 'exit', '200'], { env, bound })
    assert.deepEqual(result, { used: 200, codes: { 0: 200 } })
  })

  test('are ended by terminate() with calls in flight, 100 times', async (bucket) => {
    const result = await resultOf('workers.mjs', [bucket.name, 'terminate', '100'], { env, bound })
    assert.deepEqual(result, { used: 100, codes: { 1: 100 } })
  })

  test('end themselves by process.exit() with calls in flight, 100 times', async (bucket) => {
    const result = await resultOf('workers.mjs', [bucket.name, 'process-exit', '100'], { env, bound })
    assert.deepEqual(result, { used: 100, codes: { 5: 100 } })
  })

  test('do not disturb each other or the main thread', async (bucket) => {
    const result = await resultOf('side-by-side.mjs', [bucket.name], { env, bound })
    assert.deepEqual(result, { main: 200, workers: [200, 200, 200] })
  })
})

describe('a panic in native code', () => {
  it('rejects, and the process and its other calls go on', { timeout: bound }, async () => {
    const addon = process.env.S3_TEST_HOOKS_ADDON
    assert.ok(addon, 'S3_TEST_HOOKS_ADDON is not set: run these tests with `npm test`, which builds it')
    const server = await ScriptedServer.start(object('still here'))
    try {
      const result = await resultOf('panic.mjs', [addon, server.endpoint], { bound: 30_000 })
      assert.deepEqual(
        result.panics,
        // Of a write it is not known whether it landed.
        [...Array.from({ length: 20 }, () => 'Internal'), ...Array.from({ length: 20 }, () => 'Ambiguous')],
      )
      assert.equal(result.after, 'still here')
    } finally {
      await server.close()
    }
  })

  it('can not be asked for in the addon that is published', async () => {
    const { createRequire } = await import('node:module')
    const { NativeStore } = createRequire(import.meta.url)('../native.cjs')
    assert.equal('panicForTest' in NativeStore.prototype, false)
  })
})
