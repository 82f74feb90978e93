// Every key that S3 allows goes through unharmed: written, listed and read back under the same name.
import assert from 'node:assert/strict'
import { collect } from '../support/collect.mjs'
import { keyTest, oddKeys } from '../support/odd-keys.mjs'

export function keys(context) {
  for (const key of oddKeys) {
    context.test(keyTest(key), async ({ openStore, makeBucket }) => {
      // A bucket of its own: what a server does to one key must not show in the listing of the next.
      const bucket = await makeBucket()
      const store = openStore({}, bucket.name)
      assert.ok(Buffer.byteLength(key) <= 1024)
      try {
        const created = await store.createObject(key, `of ${key}`)
        const listed = await collect(store.list())
        assert.deepEqual(
          listed.map(({ Key }) => Key),
          [key],
        )
        assert.equal(listed[0].ETag, created.etag)
        const got = await store.getObjectIfMatch(key, created.etag)
        assert.equal(await got.asString(), `of ${key}`)
        assert.equal(await bucket.text(key), `of ${key}`, 'another program sees it under this name')
        await store.putObjectIfMatch(key, 'updated', created.etag)
        assert.equal(await bucket.text(key), 'updated')
        assert.deepEqual(
          (await collect(store.list(key))).map(({ Key }) => Key),
          [key],
          'as a prefix too',
        )
        await store.deleteObject(key)
        assert.deepEqual(await collect(store.list()), [])
      } finally {
        // By its own name: a server that lists it under another one could not be emptied otherwise. Some refuse the name.
        await bucket.delete(key).catch(() => {})
      }
    })
  }
}
