// Stores that sign nothing, on buckets that are open to everybody and on one that is not.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import createS3Store, { KeyExistsError } from 's3-store-native'
import { TestBucket } from '../support/bucket.mjs'
import { keysOf } from '../support/collect.mjs'
import { closeClients } from '../support/engines.mjs'
import { rejection, rejectsAsService } from '../support/expect-error.mjs'
import { servers } from '../support/servers.mjs'

const bound = { timeout: 60_000 }

// The development server knows nobody without a key.
const withPolicies = servers.filter(({ name }) => name !== 'dev-server')

for (const server of withPolicies) {
  for (const wire of ['direct', 'sdk']) {
    describe(`anonymous access to ${server.name}, ${wire} wire`, () => {
      let open, closed
      before(async () => {
        ;[open, closed] = [await TestBucket.create(server), await TestBucket.create(server)]
        await open.open()
      }, bound)
      after(async () => {
        await open?.remove()
        await closed?.remove()
        closeClients()
      }, bound)

      const storeOn = ({ name }) => {
        const { endpoint, region } = server
        return createS3Store(name, { endpoint, region, credentials: 'anonymous', wire })
      }

      it('does with an open bucket what the store does with any', bound, async () => {
        const store = storeOn(open)
        const created = await store.createObject('key', 'one', { contentType: 'text/plain' })
        assert.ok((await rejection(store.createObject('key', 'two'))) instanceof KeyExistsError)
        const put = await store.putObjectIfMatch('key', 'three', created.etag)
        assert.equal(await (await store.getObjectIfMatch('key', put.etag)).asString(), 'three')
        assert.deepEqual(await keysOf(store.list('k')), ['key'])
        assert.equal(await open.text('key'), 'three')
        await store.deleteObject('key')
        assert.equal(await open.text('key'), undefined)
      })

      it('is refused by a bucket that is not open', bound, async () => {
        await closed.write('key', 'body')
        const store = storeOn(closed)
        await rejectsAsService(store.getObject('key'), { code: 'AccessDenied', status: 403 })
        await rejectsAsService(store.deleteObject('key'), { code: 'AccessDenied', status: 403 })
        assert.equal(await closed.text('key'), 'body')
      })

      it('signs no link', bound, async () => {
        const error = await rejection(storeOn(open).presign('GET', 'key'))
        assert.equal(error.name, 'CredentialsProviderError')
        assert.match(error.message, /a link has to be signed.*'anonymous'/)
      })
    })
  }
}
