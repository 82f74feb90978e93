// What list() yields.
import assert from 'node:assert/strict'
import { collect, keysOf, pagesOf } from '../support/collect.mjs'

const count = 1050
const many = Array.from({ length: count }, (_, number) => `many/${String(number).padStart(5, '0')}`)

export function listing(context) {
  const { test } = context

  test('an empty bucket has no page', async ({ store }) => {
    assert.deepEqual(await pagesOf(store.list()), [])
    assert.deepEqual(await pagesOf(store.list('')), [])
    assert.deepEqual(await pagesOf(store.list('x')), [])
  })

  test('each object has its key, etag, size, date and storage class', async ({ store }) => {
    const { etag } = await store.createObject('fields/one', 'three')
    const [page] = await pagesOf(store.list('fields/'))
    assert.ok(Array.isArray(page))
    assert.equal(page.length, 1)
    const { Key, ETag, Size, LastModified, StorageClass } = page[0]
    assert.deepEqual(
      { Key, ETag, Size, StorageClass },
      { Key: 'fields/one', ETag: etag, Size: 5, StorageClass: 'STANDARD' },
    )
    assert.ok(LastModified instanceof Date)
    assert.ok(Math.abs(Date.now() - LastModified) < 3_600_000, String(LastModified))
  })

  test('an object is listed right after its write and gone right after its delete', async ({ store }) => {
    for (let round = 0; round < 25; round += 1) {
      const key = `at-once/${round}`
      const { etag } = await store.createObject(key, 'a')
      assert.deepEqual(await keysOf(store.list('at-once/')), [key])
      const updated = await store.putObjectIfMatch(key, 'longer', etag)
      const [listed] = await collect(store.list('at-once/'))
      assert.deepEqual([listed.ETag, listed.Size], [updated.etag, 6])
      await store.deleteObject(key)
      assert.deepEqual(await keysOf(store.list('at-once/')), [])
    }
  })

  test('a delimiter lists what keys have in common instead', async ({ store, bucket }) => {
    for (const key of ['tree/a', 'tree/b c/1', 'tree/b c/2', 'tree/d+e/1', 'tree/f']) await bucket.write(key, key)
    const [page] = await pagesOf(store.list('tree/', { delimiter: '/' }))
    assert.deepEqual(
      page.map(({ Key }) => Key),
      ['tree/a', 'tree/f'],
    )
    assert.deepEqual(page.commonPrefixes, ['tree/b c/', 'tree/d+e/'])
    const [below] = await pagesOf(store.list('tree/b', { delimiter: '/' }))
    assert.deepEqual([below.length, below.commonPrefixes], [0, ['tree/b c/']])
    const [plain] = await pagesOf(store.list('tree/'))
    assert.deepEqual([plain.length, plain.commonPrefixes], [5, []])
  })

  test('a listing starts after a key, in pages as large as asked for', async ({ store, bucket }) => {
    for (const key of ['after/1', 'after/2', 'after/3', 'after/4', 'after/5']) await bucket.write(key, key)
    assert.deepEqual(await keysOf(store.list('after/', { startAfter: 'after/2' })), ['after/3', 'after/4', 'after/5'])
    const pages = await pagesOf(store.list('after/', { startAfter: 'after/0', pageSize: 2 }))
    assert.deepEqual(
      pages.map((page) => page.map(({ Key }) => Key)),
      [['after/1', 'after/2'], ['after/3', 'after/4'], ['after/5']],
    )
  })

  test('objects and keys come one by one', async ({ store, bucket }) => {
    const etags = []
    for (const key of ['flat/1', 'flat/2', 'flat/3']) etags.push(await bucket.write(key, key))
    const listed = store.list('flat/', { pageSize: 2 })
    const keys = []
    for await (const key of listed.keys()) keys.push(key)
    assert.deepEqual(keys, ['flat/1', 'flat/2', 'flat/3'])
    const objects = []
    for await (const { ETag } of listed.objects()) objects.push(ETag)
    assert.deepEqual(objects, etags)
    for await (const key of listed.keys()) {
      assert.equal(key, 'flat/1', 'it can be left early')
      break
    }
  })

  test('a prefix is taken as it is, not as a folder or a pattern', async ({ store }) => {
    for (const key of ['prefix/a', 'prefix-b', 'prefix+c', 'prefix d', 'prefi', 'PREFIX/e'])
      await store.createObject(key, 'x')
    assert.deepEqual(await keysOf(store.list('prefix')), ['prefix d', 'prefix+c', 'prefix-b', 'prefix/a'])
    assert.deepEqual(await keysOf(store.list('prefix/')), ['prefix/a'])
    assert.deepEqual(await keysOf(store.list('prefix+')), ['prefix+c'])
    assert.deepEqual(await keysOf(store.list('prefix ')), ['prefix d'])
    assert.deepEqual(await keysOf(store.list('prefix*')), [])
    assert.deepEqual(await keysOf(store.list('prefix%2B')), [])
  })
}

/** More keys than a page takes. */
export function manyKeys(context) {
  const { test } = context

  test(`${count} keys come in pages of 1,000, in order, as often as asked`, async ({ store, bucket }) => {
    for (let start = 0; start < count; start += 50) {
      await Promise.all(many.slice(start, start + 50).map((key) => store.createObject(key, key)))
    }
    const listed = store.list('many/')
    for (const time of ['first', 'second']) {
      const pages = await pagesOf(listed)
      assert.deepEqual(
        pages.map(({ length }) => length),
        [1000, 50],
        `${time} time`,
      )
      assert.deepEqual(
        pages.flat().map(({ Key }) => Key),
        many,
        `${time} time`,
      )
    }
    const everything = await keysOf(store.list())
    assert.ok(everything.length >= count)
    assert.deepEqual(await keysOf(store.list('')), everything, 'an empty prefix lists everything')
    assert.deepEqual(await keysOf(store.list(undefined)), everything)
    assert.deepEqual(await keysOf(store.list('many/0104')), many.slice(1040))
    await bucket.delete(many[1049])
    assert.deepEqual(await keysOf(listed), many.slice(0, 1049), 'each time what is there now')
  })

  test('a listing can be left early, and two can go on side by side', async ({ store }) => {
    const listed = store.list('many/')
    for await (const page of listed) {
      assert.equal(page.length, 1000)
      break
    }
    const [left, right] = [listed[Symbol.asyncIterator](), listed[Symbol.asyncIterator]()]
    assert.equal((await left.next()).value[0].Key, many[0])
    assert.equal((await right.next()).value[0].Key, many[0])
    assert.equal((await left.next()).value[0].Key, many[1000])
    assert.equal((await left.next()).done, true)
    assert.equal((await left.next()).done, true)
    assert.equal((await right.next()).value[0].Key, many[1000])
  })
}
