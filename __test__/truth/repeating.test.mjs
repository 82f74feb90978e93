// Behind a proxy that repeats requests, a write meets itself without any answer being lost: that is no conflict.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TestBucket } from '../support/bucket.mjs'
import { closeClients, native } from '../support/engines.mjs'
import { inParallel } from '../support/parallel.mjs'
import { RepeatingProxy } from '../support/repeating-proxy.mjs'
import { servers } from '../support/servers.mjs'

const bound = 5 * 60_000
const count = 500
const concurrency = 32

for (const server of servers.filter(({ name }) => name === 'minio')) {
  describe(`${server.name} behind a proxy that repeats`, () => {
    let proxy
    let bucket
    let store

    before(async () => {
      proxy = await RepeatingProxy.start(server)
      bucket = await TestBucket.create(server)
      store = native.open(proxy, bucket.name)
    })
    after(async () => {
      await bucket.remove()
      await proxy.close()
      closeClients()
    })

    it(`${count} creates and ${count} updates meet no conflict`, { timeout: bound }, async () => {
      const keys = Array.from({ length: count }, (_, number) => `key-${number}`)
      const created = await inParallel(concurrency, keys, (key) => store.createObject(key, `${key}, created`))
      const updated = await inParallel(concurrency, keys, (key, index) =>
        store.putObjectIfMatch(key, `${key}, updated`, created[index].etag),
      )
      assert.ok(proxy.repeated >= 2 * count)
      for (const { response } of [...created, ...updated]) assert.equal(response.recovered, true)
      await inParallel(concurrency, keys, async (key, index) => {
        const { body, etag } = await bucket.read(key)
        assert.deepEqual([body.toString(), etag], [`${key}, updated`, updated[index].etag])
      })
    })

    it('a conflict with another’s write is one all the same', { timeout: bound }, async () => {
      const { etag } = await store.createObject('contested', 'ours')
      await bucket.write('contested', 'theirs')
      await assert.rejects(store.createObject('contested', 'late'), { name: 'KeyExistsError' })
      await assert.rejects(store.putObjectIfMatch('contested', 'late', etag), { name: 'StaleDataError' })
      assert.equal(await bucket.text('contested'), 'theirs')
    })
  })
}
