// Read, apply, write if unchanged, again on conflict.
import assert from 'node:assert/strict'
import { rejection } from '../support/expect-error.mjs'

const KiB = 1024

export function update(context) {
  const { test } = context

  test('what the function gives is written over what it got', async ({ store, bucket }) => {
    const before = await bucket.write('text', 'one')
    const result = await store.update('text', async (current) => {
      assert.equal(current.etag, before)
      return `${await current.asString()} two`
    })
    const held = await bucket.read('text')
    assert.equal(held.body.toString(), 'one two')
    const { etag, rounds, changed, response } = result
    assert.deepEqual({ etag, rounds, changed }, { etag: held.etag, rounds: 1, changed: true })
    assert.equal(response.$metadata.httpStatusCode, 200)
    assert.equal(response.ETag, held.etag)
  })

  test('an absent key is null to the function, and created', async ({ store, bucket }) => {
    const { etag, changed } = await store.update('new', (current) => String(current), { contentType: 'text/plain' })
    const held = await bucket.read('new')
    assert.deepEqual([held.body.toString(), held.etag, held.contentType], ['null', etag, 'text/plain'])
    assert.equal(changed, true)
  })

  test('an absent key is S3’s NoSuchKey with create: false, and the function is not called', async ({
    store,
    bucket,
  }) => {
    const error = await rejection(store.update('not-new', () => assert.fail('called'), { create: false }))
    assert.equal(error.name, 'NoSuchKey')
    assert.equal(error.$metadata.httpStatusCode, 404)
    assert.equal(await bucket.read('not-new'), undefined)
  })

  test('undefined leaves the object alone', async ({ store, bucket }) => {
    const etag = await bucket.write('alone', 'one')
    const result = await store.update('alone', () => undefined, { contentType: 'text/plain' })
    assert.deepEqual([result.etag, result.rounds, result.changed], [etag, 1, false])
    assert.equal(result.response.ETag, etag)
    assert.equal(await bucket.text('alone'), 'one')
    const absent = await store.update('alone-absent', () => undefined)
    assert.deepEqual(absent, { etag: undefined, response: undefined, rounds: 1, changed: false })
    assert.equal(await bucket.read('alone-absent'), undefined)
  })

  test('the bytes that were read are not written again', async ({ store, bucket }) => {
    await bucket.write('same', 'one', { ContentType: 'text/plain' })
    const same = ['one', Buffer.from('one'), new Uint8Array([111, 110, 101]).buffer, new Blob(['one'])]
    for (const body of same) assert.equal((await store.update('same', () => body)).changed, false)
    assert.equal((await store.update('same', async (current) => (await current.asByteArray()).fill(111))).changed, true)
    assert.equal(await bucket.text('same'), 'ooo')
  })

  test('the bytes that were read are written with another type or other metadata', async ({ store, bucket }) => {
    await bucket.write('typed', 'one')
    assert.equal((await store.update('typed', () => 'one', { contentType: 'text/plain' })).changed, true)
    assert.equal((await bucket.read('typed')).contentType, 'text/plain')
    assert.equal((await store.update('typed', () => 'one', { metadata: { owner: 'me' } })).changed, true)
    assert.deepEqual((await bucket.read('typed')).metadata, { owner: 'me' })
    assert.equal((await store.update('typed', () => 'one', { recovery: true })).changed, false)
  })

  test('what the function throws ends the update', async ({ store, bucket }) => {
    await bucket.write('thrown', 'one')
    const thrown = new Error('enough')
    const caught = await rejection(
      store.update('thrown', () => {
        throw thrown
      }),
    )
    assert.equal(caught, thrown)
    assert.equal(await bucket.text('thrown'), 'one')
  })

  test('the function is called again with what another wrote meanwhile', async ({ store, bucket }) => {
    await bucket.write('meanwhile', '1')
    const seen = []
    const { rounds, etag } = await store.update('meanwhile', async (current) => {
      const text = await current.asString()
      seen.push(text)
      if (seen.length < 3) await bucket.write('meanwhile', `${text}${seen.length}`)
      return `${text}!`
    })
    assert.deepEqual([seen, rounds], [['1', '11', '112'], 3])
    const held = await bucket.read('meanwhile')
    assert.deepEqual([held.body.toString(), held.etag], ['112!', etag])
  })

  test('a key that comes and goes meanwhile is followed', async ({ store, bucket }) => {
    const seen = []
    const result = await store.update('comes-and-goes', async (current) => {
      seen.push(current && (await current.asString()))
      if (seen.length === 1) await bucket.write('comes-and-goes', 'theirs')
      if (seen.length === 2) await bucket.delete('comes-and-goes')
      return 'ours'
    })
    assert.deepEqual(seen, [null, 'theirs', null])
    assert.equal(result.rounds, 3)
    assert.equal(await bucket.text('comes-and-goes'), 'ours')
  })

  test('maxRounds used up is the last conflict', async ({ store, bucket }) => {
    await bucket.write('busy', '0')
    let calls = 0
    const busy = async () => {
      calls += 1
      await bucket.write('busy', String(calls))
      return 'ours'
    }
    const error = await rejection(store.update('busy', busy, { maxRounds: 3, maxBackoff: 1 }))
    assert.deepEqual([error.name, error.operation, error.key], ['StaleDataError', 'putObjectIfMatch', 'busy'])
    assert.equal(calls, 3)
    assert.equal(await bucket.text('busy'), '3')
  })

  test('a large object is in memory, and can be read again and again', async ({ store, bucket }) => {
    const body = Buffer.alloc(600 * KiB, 'x')
    await bucket.write('large', body)
    const { changed } = await store.update('large', async (current) => {
      assert.equal(current.response.ContentLength, body.length)
      assert.ok(body.equals(await current.asByteArray()))
      assert.ok(body.equals(await current.response.Body.transformToByteArray()))
      return Buffer.concat([await current.asByteArray(), Buffer.from('!')])
    })
    assert.equal(changed, true)
    assert.equal((await bucket.read('large')).body.length, body.length + 1)
  })

  test('a value is applied and given back', async ({ json, bucket }) => {
    const created = await json.update('value', (current) => ({ was: current, list: [] }))
    assert.deepEqual(created.value, { was: null, list: [] })
    const updated = await json.update('value', (current) => {
      current.list.push(1)
      return current
    })
    assert.deepEqual([updated.value, updated.changed], [{ was: null, list: [1] }, true])
    const held = await bucket.read('value')
    assert.deepEqual([JSON.parse(held.body), held.etag], [updated.value, updated.etag])
    assert.equal(held.contentType, 'application/json')
  })

  test('a value that was changed and not given back is left alone', async ({ json, bucket }) => {
    await bucket.write('forgotten', '{"n":1}')
    const { value, changed } = await json.update('forgotten', (current) => {
      current.n = 2
    })
    assert.deepEqual([value, changed], [{ n: 1 }, false])
    assert.equal(await bucket.text('forgotten'), '{"n":1}')
  })

  test('a value that comes to the same bytes is not written', async ({ json, bucket }) => {
    await bucket.write('same-value', '{"n":1}')
    assert.equal((await json.update('same-value', (current) => ({ n: current.n }))).changed, false)
    await bucket.write('same-value', '{ "n": 1 }')
    assert.equal((await json.update('same-value', (current) => current)).changed, true)
    assert.equal(await bucket.text('same-value'), '{"n":1}')
  })

  test('a value that comes to the same bytes is written with other metadata', async ({ json, bucket }) => {
    await bucket.write('typed-value', '{"n":1}')
    const same = async (current) => current
    const result = await json.update('typed-value', same, { metadata: { owner: 'me' } })
    assert.deepEqual(Object.keys(result).toSorted(), ['changed', 'etag', 'response', 'rounds', 'value'])
    assert.deepEqual([result.changed, result.value], [true, { n: 1 }])
    assert.deepEqual((await bucket.read('typed-value')).metadata, { owner: 'me' })
    assert.equal((await json.update('typed-value', same, { contentType: 'ignored' })).changed, false)
  })

  test('an absent value is NoSuchKey with create: false', async ({ json, bucket }) => {
    const error = await rejection(json.update('no-value', () => assert.fail('called'), { create: false }))
    assert.equal(error.name, 'NoSuchKey')
    assert.equal(await bucket.read('no-value'), undefined)
  })

  test('what is no JSON is a SyntaxError, and stays', async ({ json, bucket }) => {
    await bucket.write('no-json', '{ no')
    const error = await rejection(json.update('no-json', () => ({})))
    assert.ok(error instanceof SyntaxError)
    assert.equal(error.key, 'no-json')
    assert.equal(await bucket.text('no-json'), '{ no')
  })

  test('32 writers of one key all finish', async ({ json, bucket }) => {
    const add = () => json.update('counter', (count) => (count ?? 0) + 1)
    const results = await Promise.all(Array.from({ length: 32 }, add))
    assert.equal(await bucket.text('counter'), '32')
    assert.deepEqual(
      results.map(({ value }) => value).toSorted((a, b) => a - b),
      Array.from({ length: 32 }, (_, index) => index + 1),
    )
    for (const { rounds } of results) assert.ok(rounds <= 50)
  })
}
