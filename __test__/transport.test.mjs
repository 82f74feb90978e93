// What never reached a server: the error says where it tried, in a Node user's words.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { resultOf } from './support/child.mjs'
import { connection, nativeEngines } from './support/engines.mjs'
import { assertKeepsSecret, rejection } from './support/expect-error.mjs'
import { within } from './support/wait.mjs'

const keys = { region: 'us-east-1', accessKeyId: 'nobody', secretAccessKey: 'this-is-the-secret' }

const calls = {
  createObject: (store) => store.createObject('the-key', 'x'),
  putObjectIfMatch: (store) => store.putObjectIfMatch('the-key', 'x', '"e"'),
  getObject: (store) => store.getObject('the-key'),
  getObjectIfMatch: (store) => store.getObjectIfMatch('the-key', '"e"'),
  deleteObject: (store) => store.deleteObject('the-key'),
  deleteObjectIfMatch: (store) => store.deleteObjectIfMatch('the-key', '"e"'),
  list: (store) => store.list()[Symbol.asyncIterator]().next(),
}

/** A port of this machine on which nobody listens. */
async function closedPort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

for (const engine of nativeEngines) {
  describe(`${engine.name}, no server`, () => {
    for (const [operation, call] of Object.entries(calls)) {
      it(`${operation} where nobody listens is ECONNREFUSED`, { timeout: 60_000 }, async () => {
        const endpoint = `http://127.0.0.1:${await closedPort()}`
        const error = await rejection(call(engine.open({ ...keys, endpoint }, 'the-bucket')))
        assert.equal(error.code, 'ECONNREFUSED')
        assert.ok(error.message.includes(endpoint), error.message)
        assert.ok(error.message.includes('the-bucket'), error.message)
        assert.ok(operation === 'list' || error.message.includes('the-key'), error.message)
        assert.match(error.stack, /__test__/, 'the stack has the caller in it')
        assertKeepsSecret(error, keys.secretAccessKey)
      })
    }

    it('a host that does not exist is ENOTFOUND', { timeout: 60_000 }, async () => {
      const store = engine.open({ ...keys, endpoint: 'http://no-such-host.invalid:9000' }, 'the-bucket', {
        forcePathStyle: engine.name === 'native' ? true : undefined,
      })
      const error = await rejection(store.getObject('the-key'))
      assert.equal(error.code, 'ENOTFOUND')
      assert.match(error.message, /getaddrinfo ENOTFOUND (the-bucket\.)?no-such-host\.invalid(?!:\d)/)
    })

    it('a server that speaks no HTTP is an error', { timeout: 60_000 }, async () => {
      const server = createServer((socket) => socket.on('error', () => {}).end('220 mail.example ESMTP\r\n'))
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
      const endpoint = `http://127.0.0.1:${server.address().port}`
      const error = await within(
        rejection(engine.open({ ...keys, endpoint }, 'the-bucket').getObject('the-key')),
        'a get',
      )
      assert.ok(error instanceof Error)
      assert.equal(typeof error.code, 'string')
      assert.ok(error.message.includes(endpoint), error.message)
      server.close()
    })

    it('an address that does not answer ends with connectionTimeout', { timeout: 60_000 }, async () => {
      // TEST-NET-1 (RFC 5737): packets to it are dropped, or refused by the nearest router.
      const options = { connectionTimeout: 300, maxAttempts: 1 }
      const store = engine.open({ ...keys, endpoint: 'http://192.0.2.1:9000' }, 'the-bucket', options)
      const error = await within(rejection(store.getObject('the-key')), 'a get')
      assert.match(error.code, /^(ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED)$/)
    })
  })
}

describe('a virtual-host name that does not resolve', () => {
  it('suggests forcePathStyle', async () => {
    const { default: createS3Store } = await import('s3-store-native')
    const store = createS3Store('the-bucket', { ...connection({ ...keys, endpoint: 'http://no-such-host.invalid' }) })
    const error = await rejection(store.getObject('the-key'))
    assert.equal(error.code, 'ENOTFOUND')
    assert.match(error.message, /the-bucket\.no-such-host\.invalid/)
    assert.match(error.message, /forcePathStyle/)
  })
})

describe('a process that has been told nothing', () => {
  it('without credentials: CredentialsProviderError', async () => {
    const { errors } = await resultOf('errors.mjs', [
      JSON.stringify({ region: 'us-east-1', endpoint: 'http://127.0.0.1:9' }),
    ])
    for (const error of errors) assert.equal(error.name, 'CredentialsProviderError', JSON.stringify(error))
  })

  it('without a region: an error that says so', async () => {
    const { errors } = await resultOf('errors.mjs', [
      JSON.stringify({ credentials: { accessKeyId: 'a', secretAccessKey: 'this-is-the-secret' } }),
    ])
    for (const error of errors) {
      assert.match(error.message, /region/i)
      assert.ok(!error.text.includes('this-is-the-secret'))
    }
  })
})
