// Versions: what is listed of them, and what can be done with one.
import assert from 'node:assert/strict'
import { reply } from '../support/answers.mjs'
import { pagesOf } from '../support/collect.mjs'
import { rejection } from '../support/expect-error.mjs'

/** A store on a bucket that keeps versions. */
async function versioned({ makeBucket, openStore }) {
  const bucket = await makeBucket()
  await bucket.keepVersions()
  return { bucket, store: openStore({}, bucket.name) }
}

async function all(listing) {
  const rows = []
  for await (const row of listing.versions()) rows.push(row)
  return rows
}

const told = ({ Key, IsDeleteMarker, IsLatest }) => [Key, IsDeleteMarker, IsLatest]

export function versions({ test }) {
  test('each version has its id, etag, size and date, the newest first', async (context) => {
    const { store } = await versioned(context)
    const one = await store.createObject('fields', 'one')
    const two = await store.putObjectIfMatch('fields', 'longer', one.etag)
    const [page] = await pagesOf(store.listVersions('fields'))
    assert.ok(Array.isArray(page))
    assert.deepEqual(page.commonPrefixes, [])
    const found = page.map(({ LastModified, ...rest }) => {
      assert.ok(LastModified instanceof Date)
      assert.ok(Math.abs(Date.now() - LastModified) < 3_600_000, String(LastModified))
      const { Key, VersionId, IsLatest, IsDeleteMarker, ETag, Size, StorageClass } = rest
      return { Key, VersionId, IsLatest, IsDeleteMarker, ETag, Size, StorageClass }
    })
    const common = { Key: 'fields', IsDeleteMarker: false, StorageClass: 'STANDARD' }
    assert.deepEqual(found, [
      { ...common, VersionId: two.response.VersionId, IsLatest: true, ETag: two.etag, Size: 6 },
      { ...common, VersionId: one.response.VersionId, IsLatest: false, ETag: one.etag, Size: 3 },
    ])
  })

  test('delete markers are among them, where they belong', async (context) => {
    const { store } = await versioned(context)
    for (const key of ['b', 'a', 'c']) await store.createObject(key, key)
    const { response } = await store.deleteObject('b')
    const marker = (await all(store.listVersions('b'))).find(({ IsDeleteMarker }) => IsDeleteMarker)
    assert.equal(marker.VersionId, response.VersionId)
    assert.deepEqual([marker.ETag, marker.Size], [undefined, undefined])
    assert.deepEqual((await all(store.listVersions())).filter(({ Key }) => Key.length === 1).map(told), [
      ['a', false, true],
      ['b', true, true],
      ['b', false, false],
      ['c', false, true],
    ])
  })

  test('a version that was written over a delete marker goes before it', async (context) => {
    const { store, bucket } = await versioned(context)
    await bucket.write('over', 'one')
    await bucket.delete('over')
    await bucket.write('over', 'two')
    const rows = await all(store.listVersions('over'))
    assert.deepEqual(told(rows[0]), ['over', false, true])
    assert.deepEqual(rows.filter(({ IsDeleteMarker }) => IsDeleteMarker).length, 1)
    assert.equal(rows.length, 3)
  })

  test('pages are as large as asked for, and go on within a key', async (context) => {
    const { store, bucket } = await versioned(context)
    for (const body of ['1', '2', '3']) await bucket.write('many', body)
    await bucket.write('other', 'x')
    const pages = await pagesOf(store.listVersions('', { pageSize: 2 }))
    const own = (page) => page.filter(({ Key }) => !Key.startsWith('.'))
    assert.deepEqual(
      pages.flatMap(own).map(({ Key, IsLatest }) => [Key, IsLatest]),
      [
        ['many', true],
        ['many', false],
        ['many', false],
        ['other', true],
      ],
    )
    assert.ok(pages.every(({ length }) => length <= 2))
    assert.equal(new Set(pages.flat().map(({ VersionId }) => VersionId)).size, pages.flat().length)
  })

  test('a delimiter lists what keys have in common instead', async (context) => {
    const { store, bucket } = await versioned(context)
    for (const key of ['tree/a', 'tree/b c/1', 'tree/b c/2', 'tree/d+e/1']) await bucket.write(key, key)
    const [page] = await pagesOf(store.listVersions('tree/', { delimiter: '/' }))
    assert.deepEqual(page.map(told), [['tree/a', false, true]])
    assert.deepEqual(page.commonPrefixes, ['tree/b c/', 'tree/d+e/'])
  })

  test('odd keys are listed as they are', async (context) => {
    const { store, bucket } = await versioned(context)
    const keys = [
      'a b',
      ' edges ',
      'a+b',
      '%',
      'a%2Fb',
      'a?b=c&d',
      `a&b<c>d"e'f`,
      ']]>',
      'emoji 😀',
      'ключ',
      '__proto__',
    ]
    for (const key of keys) await bucket.write(key, 'x')
    const rows = await all(store.listVersions())
    assert.deepEqual(new Set(rows.map(({ Key }) => Key)), new Set(keys))
  })

  test('a bucket that keeps no versions has one of each object, by the name of null', async ({ store, bucket }) => {
    await bucket.write('plain', 'one')
    await bucket.write('plain', 'two')
    assert.deepEqual(
      (await all(store.listVersions('plain'))).map(({ Key, VersionId, IsLatest }) => [Key, VersionId, IsLatest]),
      [['plain', 'null', true]],
    )
    assert.deepEqual(await all(store.listVersions('nothing')), [])
  })

  test('what is listed can be read, looked at and deleted by its id', async (context) => {
    const { store, bucket } = await versioned(context)
    for (const body of ['one', 'two', 'three']) await bucket.write('by-id', body)
    const bodies = []
    for await (const { VersionId: versionId, ETag } of store.listVersions('by-id').versions()) {
      assert.equal((await store.headObject('by-id', { versionId })).etag, ETag)
      bodies.push(await (await store.getObject('by-id', { versionId })).asString())
    }
    assert.deepEqual(bodies, ['three', 'two', 'one'])
    const [, { VersionId: versionId }] = await all(store.listVersions('by-id'))
    await store.deleteObject('by-id', { versionId })
    assert.equal((await rejection(store.getObject('by-id', { versionId }))).name, 'NoSuchVersion')
    assert.equal((await all(store.listVersions('by-id'))).length, 2)
    assert.equal(await bucket.text('by-id'), 'three')
  })
}

const version = (key, id, latest, date) =>
  `<Version><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${latest}</IsLatest><LastModified>${date}</LastModified><ETag>"e"</ETag><Size>1</Size></Version>`
const marker = (key, id, latest, date) =>
  `<DeleteMarker><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${latest}</IsLatest><LastModified>${date}</LastModified></DeleteMarker>`
const date = (second) => `2026-01-02T03:04:0${second}.000Z`
const page = (rows, rest = '<IsTruncated>false</IsTruncated>') =>
  reply(200, `<?xml version="1.0"?>\n<ListVersionsResult><Name>b</Name>${rest}${rows.join('')}</ListVersionsResult>`)

/** What a scripted server answers. */
export function versionsAnswers({ test, engine }) {
  const ids = async (store) => (await all(store.listVersions('p/'))).map(({ VersionId }) => VersionId)

  test('versions and delete markers in two lists are put in one order', async ({ store, server }) => {
    const versions = [
      version('a', 'a3', false, date(3)),
      version('a', 'a1', false, date(1)),
      version('ab', 'b1', false, date(1)),
      version('c', 'c1', true, date(1)),
    ]
    const markers = [
      marker('a', 'a5', true, date(3)),
      marker('a', 'a2', false, date(2)),
      marker('ab', 'b2', true, date(1)),
      marker('d', 'd1', true, date(1)),
    ]
    server.answer(page([...versions, ...markers]))
    assert.deepEqual(await ids(store), ['a5', 'a3', 'a2', 'a1', 'b2', 'b1', 'c1', 'd1'])
  })

  test('each page begins where the one before it ended', async ({ store, server }) => {
    const rest = '<IsTruncated>true</IsTruncated><NextKeyMarker>p/ä b</NextKeyMarker>'
    server.answer(
      page([version('p/a', '1', true, date(1))], `${rest}<NextVersionIdMarker>v+1</NextVersionIdMarker>`),
      page([version('p/ä c', '2', true, date(1))]),
    )
    assert.deepEqual(await ids(store), ['1', '2'])
    const [first, second] = server.requests.map(({ query }) => query)
    assert.ok('versions' in first)
    assert.deepEqual([first.prefix, first['key-marker']], ['p/', undefined])
    assert.deepEqual([second['key-marker'], second['version-id-marker']], ['p/ä b', 'v+1'])
  })

  test('a page that leads nowhere is an error', async ({ store, server }) => {
    const row = [version('p/a', '1', true, date(1))]
    const where = '<IsTruncated>true</IsTruncated><NextKeyMarker>p/a</NextKeyMarker>'
    for (const rest of ['<IsTruncated>true</IsTruncated>', where]) {
      server.answer(page(row, rest))
      const error = await rejection(ids(store))
      assert.deepEqual([error.code, error.operation], ['ERR_INVALID_LISTING', 'listVersions'])
    }
  })

  if (engine.engine === 'native') {
    test('the order of one list is kept', async ({ store, server }) => {
      // In one second, and with an upload in parts that began before.
      const rows = [
        version('a', '5', true, date(1)),
        marker('a', '4', false, date(3)),
        version('a', '3', false, date(3)),
        marker('a', '2', false, date(3)),
        version('a', '1', false, date(4)),
      ]
      server.answer(page(rows))
      assert.deepEqual(await ids(store), ['5', '4', '3', '2', '1'])
    })
  }
}
