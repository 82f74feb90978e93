// How far the bytes of a call have come.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { assertArgumentError, rejection } from '../support/expect-error.mjs'
import { inFolder } from '../support/folder.mjs'
import { rest, streams } from './streams.mjs'

const MiB = 1024 * 1024
const partSize = 5 * MiB
const large = randomBytes(2 * partSize + 4321)

/** A function that keeps what it is told. */
function listener() {
  const told = []
  return { told, onProgress: (progress) => told.push(progress) }
}

/** Expects steps that lead from nothing to all of it. */
function assertSteps(told, { total, end = total, least = 1 }) {
  assert.ok(told.length >= least, `${told.length} steps`)
  let before = 0
  for (const step of told) {
    assert.ok(step.loaded > before || end === 0, JSON.stringify(told))
    assert.equal(step.total, total)
    before = step.loaded
  }
  assert.equal(before, end)
}

export function progress({ test }) {
  for (const [name, body] of Object.entries({ 'an empty': '', 'a small': 'Grüße', 'a large': large })) {
    test(`${name} body in one request: one step, before the call is done`, async ({ store }) => {
      const { told, onProgress } = listener()
      const { etag } = await store.createObject(`one-${name}`, body, { onProgress })
      assertSteps(told, { total: Buffer.byteLength(body) })
      assert.equal(told.length, 1)
      await store.putObjectIfMatch(`one-${name}`, body, etag, { onProgress })
      assert.equal(told.length, 2)
    })
  }

  test('a stream in parts: a step for each, with a total where it is known', async ({ store }) => {
    const unknown = listener()
    const halves = () => Readable.from([large.subarray(0, 7 * MiB), large.subarray(7 * MiB)])
    await store.createObject('stream', halves(), { partSize, onProgress: unknown.onProgress })
    assertSteps(unknown.told, { total: undefined, end: large.length, least: 3 })
    const known = listener()
    const options = { partSize, contentLength: large.length, onProgress: known.onProgress }
    await store.createObject('stream-known', halves(), options)
    assertSteps(known.told, { total: large.length, least: 3 })
    const small = listener()
    await store.createObject('stream-small', Readable.from(['ab', 'c']), { onProgress: small.onProgress })
    assertSteps(small.told, { total: 3 })
    const blob = listener()
    await store.createObject('blob', new Blob([large]), { partSize, onProgress: blob.onProgress })
    assertSteps(blob.told, { total: large.length, least: 3 })
  })

  test('files, up and down', ({ store }) =>
    inFolder(async (folder) => {
      const path = join(folder, 'file')
      for (const [key, bytes] of Object.entries({ empty: '', small: 'abc', large })) {
        await writeFile(path, bytes)
        const total = Buffer.byteLength(bytes)
        const least = key === 'large' ? 3 : 1
        const up = listener()
        await store.createObjectFromFile(`file-${key}`, path, { partSize, onProgress: up.onProgress })
        assertSteps(up.told, { total, least })
        const down = listener()
        await store.getObjectToFile(`file-${key}`, path, { partSize, onProgress: down.onProgress })
        assertSteps(down.told, { total, least })
      }
    }))

  for (const [kind, open] of Object.entries(streams)) {
    test(`${kind}: a step for each piece`, async ({ store, bucket }) => {
      await bucket.write(`read-${kind}`, large)
      const { told, onProgress } = listener()
      const got = await store.getObject(`read-${kind}`, { onProgress })
      assert.deepEqual(told, [])
      const pieces = []
      assert.ok(large.equals(await rest(await open(got), pieces)))
      assertSteps(told, { total: large.length, least: 2 })
    })
  }

  test('reading all at once, too, in the caller’s own context', async ({ store, bucket }) => {
    await bucket.write('read-all', large)
    await bucket.write('read-small', 'abc')
    const storage = new AsyncLocalStorage()
    const seen = new Set()
    const { told, onProgress } = listener()
    const listen = (step) => {
      seen.add(storage.getStore())
      onProgress(step)
    }
    const etag = (await store.headObject('read-all')).etag
    await storage.run('mine', async () => {
      const got = await store.getObjectIfMatch('read-all', etag, { onProgress: listen })
      assert.ok(large.equals(await got.asByteArray()))
    })
    assertSteps(told, { total: large.length, least: 2 })
    assert.deepEqual([...seen], ['mine'])
    const small = listener()
    const range = await store.getObject('read-small', { range: { start: 1 }, onProgress: small.onProgress })
    await range.asString()
    assertSteps(small.told, { total: 2 })
  })

  test('a part of it, all at once and with its own length', async ({ store, bucket }) => {
    await bucket.write('part', 'abcdef')
    const { told, onProgress } = listener()
    await (await store.getObject('part', { range: { start: 2, end: 3 }, onProgress })).asString()
    assert.deepEqual(told, [{ loaded: 2, total: 2 }])
  })

  test('what is no function is refused', async ({ store }) => {
    for (const call of [
      store.createObject('k', 'body', { onProgress: true }),
      store.getObject('k', { onProgress: 'yes' }),
      store.getObjectToFile('k', 'file', { onProgress: {} }),
    ]) {
      assertArgumentError(await rejection(call), { code: 'ERR_INVALID_ARG_TYPE', name: 'options.onProgress' })
    }
  })
}

/** A client moves bytes out of sight. */
export function progressOfAClient({ test }) {
  test('it is the native engine’s alone', async ({ store }) => {
    const { onProgress } = listener()
    for (const call of [store.createObject('k', 'body', { onProgress }), store.getObject('k', { onProgress })]) {
      const error = await rejection(call)
      assert.equal(error.code, 'UNSUPPORTED_OPERATION')
      assert.match(error.message, /^onProgress needs the native engine/)
    }
  })
}
