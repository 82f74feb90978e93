// The option proxy, with proxies that really are between the store and a server.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import createS3Store from 's3-store-native'
import { TestBucket } from '../support/bucket.mjs'
import { closeClients, connection } from '../support/engines.mjs'
import { assertKeepsSecret, rejection } from '../support/expect-error.mjs'
import { startProxy } from '../support/proxy.mjs'
import { anyServer } from '../support/servers.mjs'
import { makeCertificates, tlsProxy } from '../support/tls.mjs'

const bound = { timeout: 60_000 }
const user = 'user:p@ss/word hunter2'
const withUser = ({ url }) => url.replace('//', `//${user.split(':').map(encodeURIComponent).join(':')}@`)

describe('a proxy', () => {
  let certificates, secure, bucket, open, guarded, encrypted, proxies
  before(async () => {
    certificates = await makeCertificates()
    secure = await tlsProxy(anyServer.endpoint, certificates)
    bucket = await TestBucket.create(anyServer)
    open = await startProxy()
    guarded = await startProxy({ authorization: user })
    encrypted = await startProxy({ authorization: user, certificates })
    proxies = [open, guarded, encrypted]
  }, bound)
  afterEach(() => {
    for (const { seen } of proxies) seen.length = 0
  })
  after(async () => {
    for (const proxy of proxies ?? []) await proxy.close()
    await secure?.close()
    await bucket?.remove()
    await certificates?.remove()
    closeClients()
  }, bound)

  const endpoints = { 'plain HTTP': () => anyServer.endpoint, HTTPS: () => secure.endpoint }
  const urls = {
    'given as text': () => open.url,
    'given as a URL': () => new URL(open.url),
    'with a user': () => withUser(guarded),
    'with a user, itself over TLS': () => withUser(encrypted),
  }
  const trusts = {
    'verified by ca': () => ({ ca: certificates.ca }),
    unverified: () => ({ dangerouslySkipTlsVerification: true }),
  }
  const storeAt = (endpoint, options, trust = trusts['verified by ca']) =>
    createS3Store(bucket.name, {
      ...connection({ ...anyServer, endpoint }),
      ...trust(),
      maxAttempts: 1,
      ...options,
    })

  for (const [scheme, endpoint] of Object.entries(endpoints)) {
    for (const [name, url] of Object.entries(urls)) {
      for (const [wire, how] of ['direct', 'sdk'].flatMap((wire) => Object.keys(trusts).map((how) => [wire, how]))) {
        it(`${name} is asked for a server of ${scheme}, on this machine too, ${wire} wire, ${how}`, bound, async () => {
          const store = storeAt(endpoint(), { proxy: url(), wire }, trusts[how])
          await store.deleteObject('key')
          await store.createObject('key', 'through')
          assert.equal(await (await store.getObject('key')).asString(), 'through')
          assert.equal(await bucket.text('key'), 'through')
          const asked = proxies.flatMap(({ seen }) => seen)
          const { host } = new URL(endpoint())
          if (scheme === 'HTTPS') assert.deepEqual(asked, [{ method: 'CONNECT', target: host }])
          else for (const { target } of asked) assert.equal(new URL(target).host, host)
          assert.notEqual(asked.length, 0)
        })
      }
    }

    it(`that does not let the store in is an error for ${scheme}, which keeps the password`, bound, async () => {
      const proxy = guarded.url.replace('//', '//user:hunter2@')
      for (const wire of ['direct', 'sdk']) {
        const error = await rejection(storeAt(endpoint(), { proxy, wire }).createObject('key', 'body'))
        assert.match(`${error.message} ${error.$metadata?.httpStatusCode}`, /407|proxy/i)
        assertKeepsSecret(error, 'hunter2')
      }
      assert.notEqual(guarded.seen.length, 0)
    })

    it(`that nobody answers at is an error for ${scheme}, which keeps the password`, bound, async () => {
      const gone = await startProxy()
      await gone.close()
      for (const wire of ['direct', 'sdk']) {
        const error = await rejection(storeAt(endpoint(), { proxy: withUser(gone), wire }).createObject('key', 'body'))
        assert.equal(error.code, 'ECONNREFUSED')
        assertKeepsSecret(error, 'hunter2')
      }
    })
  }

  it('is not asked for instance metadata', bound, async () => {
    const kept = process.env.AWS_EC2_METADATA_DISABLED
    // Deleted, the operating system's variable is gone, too, which is looked at besides.
    delete process.env.AWS_EC2_METADATA_DISABLED
    try {
      const options = { proxy: open.url, credentials: undefined, requestTimeout: 2000 }
      await rejection(storeAt(secure.endpoint, options).getObject('key'))
      assert.deepEqual(open.seen, [])
    } finally {
      if (kept !== undefined) process.env.AWS_EC2_METADATA_DISABLED = kept
    }
  })

  for (const how of Object.keys(trusts)) {
    it(`carries no more connections than the store may have, ${how}`, bound, async () => {
      await bucket.write('key', 'body')
      const store = storeAt(secure.endpoint, { proxy: open.url, maxConnections: 2 }, trusts[how])
      const read = async () => (await store.getObject('key')).asString()
      const texts = await Promise.all(Array.from({ length: 20 }, read))
      assert.deepEqual(new Set(texts), new Set(['body']))
      assert.deepEqual(open.seen.length, 2)
    })
  }

  describe('of the environment', () => {
    const variables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']
    const kept = variables.map((name) => [name, process.env[name]])
    after(() => {
      for (const [name, value] of kept) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    })

    for (const endpoint of ['http://s3.invalid', 'https://s3.invalid']) {
      it(`comes after the option, and so does NO_PROXY, for ${endpoint}`, bound, async () => {
        Object.assign(process.env, { HTTP_PROXY: guarded.url, HTTPS_PROXY: guarded.url, NO_PROXY: 's3.invalid' })
        await rejection(storeAt(endpoint, { proxy: open.url }).getObject('key'))
        assert.deepEqual([open.seen.length, guarded.seen.length], [1, 0])
      })

      it(`is not asked where the option is false, for ${endpoint}`, bound, async () => {
        Object.assign(process.env, { HTTP_PROXY: guarded.url, HTTPS_PROXY: guarded.url, NO_PROXY: '' })
        const error = await rejection(storeAt(endpoint, { proxy: false }).getObject('key'))
        assert.equal(error.code, 'ENOTFOUND')
        assert.equal(guarded.seen.length, 0)
      })
    }
  })
})
