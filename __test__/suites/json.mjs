// The JSON wrapper, around a store and around anything that looks like one.
import assert from 'node:assert/strict'
import { keysOf } from '../support/collect.mjs'
import { rejection, rejectsAs, rejectsAsService } from '../support/expect-error.mjs'

const values = {
  'an object': { hello: 'world', nested: { list: [1, 2.5, null, true] } },
  'an array': [1, [2, [3]]],
  'a string beyond ASCII': 'Grüße, 世界, 😀 \u2028',
  'an empty string': '',
  zero: 0,
  false: false,
  null: null,
  'a key named __proto__': JSON.parse('{"__proto__":{"polluted":true}}'),
  'a megabyte': { text: '€'.repeat(400_000) },
}

const loop = {}
loop.self = loop

const notJson = {
  undefined,
  'a function': () => {},
  'a symbol': Symbol('s'),
  'a BigInt': 1n,
  'a BigInt inside': { deep: [1n] },
  'a cycle': loop,
}

export function json(context) {
  const { test } = context

  for (const [name, value] of Object.entries(values)) {
    test(`${name} goes and comes back`, async ({ json: wrapper, bucket }) => {
      const created = await wrapper.createObject(name, value)
      const held = await bucket.read(name)
      assert.equal(held.etag, created, 'createObject resolves to the etag')
      assert.equal(held.contentType, 'application/json')
      assert.equal(held.body.toString(), JSON.stringify(value))
      assert.deepEqual(await wrapper.getObject(name), [value, created])
      const updated = await wrapper.putObjectIfMatch(name, [value], created)
      assert.notEqual(updated, created)
      assert.deepEqual(await wrapper.getObjectIfMatch(name, updated), [value])
    })
  }

  for (const [name, value] of Object.entries(notJson)) {
    test(`${name} is a TypeError, and nothing is written`, async ({ json: wrapper, store, bucket }) => {
      assert.ok((await rejection(wrapper.createObject(`not-${name}`, value))) instanceof TypeError)
      assert.equal(await bucket.read(`not-${name}`), undefined)
      const { etag } = await store.createObject(`kept-${name}`, '1')
      assert.ok((await rejection(wrapper.putObjectIfMatch(`kept-${name}`, value, etag))) instanceof TypeError)
      assert.equal(await bucket.text(`kept-${name}`), '1')
    })
  }

  test('metadata is written, a content type or a string is ignored', async ({ json: wrapper, bucket }) => {
    const options = { metadata: { orgid: 'o' }, contentType: 'text/plain' }
    const etag = await wrapper.createObject('metadata', 1, options)
    const expected = { contentType: 'application/json', metadata: { orgid: 'o' } }
    const fields = async () => {
      const { contentType, metadata } = await bucket.read('metadata')
      return { contentType, metadata }
    }
    assert.deepEqual(await fields(), expected)
    const updated = await wrapper.putObjectIfMatch('metadata', 2, etag, options)
    assert.deepEqual(await fields(), expected)
    await wrapper.putObjectIfMatch('metadata', 3, updated, 'text/plain')
    assert.deepEqual(await fields(), { contentType: 'application/json', metadata: {} })
    await wrapper.createObject('metadata-string', 4, 'text/plain')
    assert.equal((await bucket.read('metadata-string')).contentType, 'application/json')
  })

  test('a body that is no JSON is a SyntaxError that names the key and the place', async ({
    json: wrapper,
    bucket,
  }) => {
    const etag = await bucket.write('broken', '{"a": 1, oops}')
    for (const read of [() => wrapper.getObject('broken'), () => wrapper.getObjectIfMatch('broken', etag)]) {
      const error = await rejection(read())
      assert.ok(error instanceof SyntaxError, String(error))
      assert.match(error.message, /broken/)
      assert.match(error.message, /\b9\b/, 'the place')
    }
    await bucket.write('empty', '')
    const error = await rejection(wrapper.getObject('empty'))
    assert.ok(error instanceof SyntaxError, String(error))
    assert.match(error.message, /empty/)
  })

  test('the store’s errors come through', async ({ json: wrapper, bucket }) => {
    const etag = await wrapper.createObject('errors', 1)
    const service = { code: 'PreconditionFailed', status: 412 }
    const common = { bucket: bucket.name, key: 'errors', service }
    await rejectsAs(wrapper.createObject('errors', 2), {
      kind: 'KeyExists',
      message: 'cannot overwrite an existing key',
      operation: 'createObject',
      ...common,
    })
    await wrapper.putObjectIfMatch('errors', 3, etag)
    await rejectsAs(wrapper.putObjectIfMatch('errors', 4, etag), {
      kind: 'StaleData',
      message: 'object was modified concurrently, reload your object first',
      operation: 'putObjectIfMatch',
      ...common,
    })
    await rejectsAs(wrapper.getObjectIfMatch('errors', etag), {
      kind: 'StaleData',
      message: 'object was modified concurrently, reload your object first. use getObject() instead',
      operation: 'getObjectIfMatch',
      ...common,
    })
    await rejectsAsService(wrapper.getObject('errors-absent'), { code: 'NoSuchKey', status: 404 })
    assert.equal(await bucket.text('errors'), '3')
  })

  test('it deletes, lists and says whose it is', async ({ json: wrapper, store, bucket }) => {
    assert.equal(wrapper.store, store)
    assert.equal(wrapper.bucket, bucket.name)
    const etag = await wrapper.createObject('beyond/a', 1)
    await wrapper.createObject('beyond/b', 2)
    assert.deepEqual(await keysOf(wrapper.list('beyond/')), ['beyond/a', 'beyond/b'])
    await wrapper.deleteObjectIfMatch('beyond/a', etag)
    await wrapper.deleteObject('beyond/b')
    assert.deepEqual(await keysOf(wrapper.list('beyond/')), [])
  })
}
