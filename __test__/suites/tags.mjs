// The tags of objects that are there already.
import assert from 'node:assert/strict'
import { rejectsAsService } from '../support/expect-error.mjs'

const odd = { 'a b+c': 'd=e', 'k/=:': '@x', 'less and more': 'x.y_z-1' }

export function tags({ test }) {
  test('an object without tags has none', async ({ store, bucket }) => {
    await bucket.write('none', 'x')
    assert.deepEqual(await store.getTags('none'), {})
  })

  test('tags are read as they were written, whoever wrote them', async ({ store, bucket }) => {
    await store.createObject('written', 'x', { tagging: odd })
    assert.deepEqual(await store.getTags('written'), odd)
    await bucket.write('theirs', 'x', { Tagging: 'project=alpha&owner=me' })
    assert.deepEqual(await store.getTags('theirs'), { project: 'alpha', owner: 'me' })
  })

  test('putTags replaces them all, and nothing else of the object', async ({ store, bucket }) => {
    const { etag } = await store.createObject('replaced', 'body', { tagging: { old: 'one' } })
    assert.equal(await store.putTags('replaced', odd), undefined)
    assert.deepEqual(await bucket.tags('replaced'), odd)
    assert.deepEqual(await store.getTags('replaced'), odd)
    const held = await bucket.read('replaced')
    assert.deepEqual([held.body.toString(), held.etag], ['body', etag])
  })

  test('letters of any language make a tag', async ({ store, bucket }) => {
    await bucket.write('letters', 'x')
    await store.putTags('letters', { ümläut: 'ß 日本' })
    assert.deepEqual(await bucket.tags('letters'), { ümläut: 'ß 日本' })
    assert.deepEqual(await store.getTags('letters'), { ümläut: 'ß 日本' })
  })

  test('no tags remove those that are there', async ({ store, bucket }) => {
    await store.createObject('removed', 'x', { tagging: { old: 'one' } })
    await store.putTags('removed', {})
    assert.deepEqual(await bucket.tags('removed'), {})
    assert.deepEqual(await store.getTags('removed'), {})
  })

  test('a value may be empty, and a name one that every object has', async ({ store, bucket }) => {
    await bucket.write('names', 'x')
    const given = JSON.parse('{"__proto__":"p","constructor":"","toString":"t"}')
    await store.putTags('names', given)
    const found = await store.getTags('names')
    assert.deepEqual(new Map(Object.entries(found)), new Map(Object.entries(given)))
    assert.equal(Object.getPrototypeOf(found), Object.prototype)
  })

  test('what the caller changes after the call is not written', async ({ store, bucket }) => {
    await bucket.write('mutable', 'x')
    const mutable = { a: 'before' }
    const writing = store.putTags('mutable', mutable)
    mutable.a = 'after'
    await writing
    assert.deepEqual(await bucket.tags('mutable'), { a: 'before' })
  })

  test('versionId: an older version has tags of its own', async ({ openStore, makeBucket }) => {
    const bucket = await makeBucket()
    await bucket.keepVersions()
    const store = openStore({}, bucket.name)
    const one = await store.createObject('versioned', 'one', { tagging: { version: 'one' } })
    await store.putObjectIfMatch('versioned', 'two', one.etag, { tagging: { version: 'two' } })
    const { VersionId: versionId } = one.response
    assert.deepEqual(await store.getTags('versioned', { versionId }), { version: 'one' })
    await store.putTags('versioned', { version: 'first' }, { versionId })
    assert.deepEqual(await store.getTags('versioned', { versionId }), { version: 'first' })
    assert.deepEqual(await store.getTags('versioned'), { version: 'two' })
  })

  test('an absent key is NoSuchKey', async ({ store }) => {
    const expected = { code: 'NoSuchKey', status: 404 }
    await rejectsAsService(store.getTags('absent'), expected)
    await rejectsAsService(store.putTags('absent', { a: 'b' }), expected)
  })

  test('more tags than S3 takes are S3’s error, and change nothing', async ({ store, bucket }) => {
    await store.createObject('many', 'x', { tagging: { old: 'one' } })
    const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, number) => [`tag${number}`, 'x']))
    await rejectsAsService(store.putTags('many', eleven), { code: 'BadRequest', status: 400 })
    assert.deepEqual(await bucket.tags('many'), { old: 'one' })
  })
}
