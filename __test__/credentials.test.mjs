// Credentials that come from a function of the user's, directly or in an adopted client.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import createS3Store from 's3-store-native'
import credentials from '../lib/native/credentials.cjs'
import { object } from './support/answers.mjs'
import { connection, sdkClient } from './support/engines.mjs'
import { assertKeepsSecret, rejection } from './support/expect-error.mjs'
import { ScriptedServer } from './support/scripted-server.mjs'
import { waitFor } from './support/wait.mjs'

const minute = 60_000
let server
beforeEach(async () => {
  server = await ScriptedServer.start(object('x'))
})
afterEach(() => server.close())

/** A credentials function that counts how often it was asked, and gives each answer a key of its own. */
function provider(lifetime, fields) {
  const give = async () => {
    give.asked += 1
    return {
      accessKeyId: `key-${give.asked}`,
      secretAccessKey: 'a secret',
      ...(lifetime && { expiration: new Date(Date.now() + lifetime) }),
      ...fields,
    }
  }
  give.asked = 0
  return give
}

const usedKey = ({ headers }) => /Credential=([^/]+)\//.exec(headers.authorization)[1]

const ways = {
  'the credentials option': (credentials, options) =>
    createS3Store('bucket', { ...connection(server), ...options, credentials }),
  'an adopted client': (credentials, options) =>
    createS3Store('bucket', { client: sdkClient(server, { credentials }), ...options }),
}

for (const [way, open] of Object.entries(ways)) {
  describe(`a credentials function in ${way}`, () => {
    it('is asked once for many calls when its answer lasts', async () => {
      const give = provider(60 * minute)
      const store = open(give)
      assert.equal(store.engine, 'native')
      await Promise.all(Array.from({ length: 50 }, () => store.getObject('key')))
      for (let time = 0; time < 5; time += 1) await store.getObject('key')
      assert.equal(give.asked, 1)
      assert.deepEqual(new Set(server.requests.map(usedKey)), new Set(['key-1']))
    })

    it('is asked once when its answer never expires', async () => {
      const give = provider()
      const store = open(give)
      for (let time = 0; time < 5; time += 1) await store.getObject('key')
      assert.equal(give.asked, 1)
    })

    it('is asked again ahead of the expiry', async () => {
      const give = provider(2 * minute)
      const store = open(give)
      await store.getObject('key')
      await waitFor(async () => {
        await store.getObject('key')
        return usedKey(server.requests.at(-1)) !== 'key-1'
      }, 'a request with newer credentials')
      assert.ok(give.asked > 1)
    })

    it('gives a session token', async () => {
      await open(provider(60 * minute, { sessionToken: 'a-session-token' })).getObject('key')
      assert.equal(server.requests[0].headers['x-amz-security-token'], 'a-session-token')
    })

    it('that fails is a CredentialsProviderError, and the next call asks again', async () => {
      let broken = true
      const give = async () => {
        if (broken) throw new Error('the vault is sealed')
        return { accessKeyId: 'key-later', secretAccessKey: 'a secret' }
      }
      const store = open(give)
      const error = await rejection(store.getObject('key'))
      assert.equal(error.name, 'CredentialsProviderError')
      assert.match(error.message, /the vault is sealed/)
      assert.equal(server.requests.length, 0)
      broken = false
      await store.getObject('key')
      assert.equal(usedKey(server.requests[0]), 'key-later')
    })
  })
}

describe('a credentials function', () => {
  it('need not be async, and may throw at once', async () => {
    const open = ways['the credentials option']
    await open(() => ({ accessKeyId: 'plain', secretAccessKey: 's' })).getObject('key')
    assert.equal(usedKey(server.requests[0]), 'plain')
    const throwing = open(() => {
      throw new Error('at once')
    })
    assert.equal((await rejection(throwing.getObject('key'))).name, 'CredentialsProviderError')
  })

  it('that gives what are no credentials is a CredentialsProviderError without them', async () => {
    for (const answer of [undefined, null, 'text', {}, { accessKeyId: 'a' }, { secretAccessKey: 'kept to itself' }]) {
      const store = ways['the credentials option'](async () => answer)
      const error = await rejection(store.getObject('key'))
      assert.equal(error.name, 'CredentialsProviderError')
      assertKeepsSecret(error, 'kept to itself')
    }
    assert.equal(server.requests.length, 0)
  })

  const key = { accessKeyId: 'a', secretAccessKey: 'kept to itself' }
  const throwing = (thrown) => () => {
    throw thrown
  }
  const odd = {
    'throws what has no text': [throwing(Object.create(null)), /no text/],
    'throws what fails when it is asked for its message': [
      throwing(
        Object.defineProperty({}, 'message', {
          get() {
            throw new Error('asked')
          },
        }),
      ),
      /no text/,
    ],
    'throws a symbol': [throwing(Symbol('odd')), /Symbol\(odd\)/],
    'throws nothing': [throwing(undefined), /undefined/],
    'throws a lone surrogate': [throwing(new Error('bad \ud800')), /bad \ufffd/],
    'gives a lone surrogate': [() => ({ ...key, accessKeyId: '\ud800' }), /accessKeyId must be well-formed/],
    'gives a secret with a lone surrogate': [
      () => ({ ...key, secretAccessKey: 'kept to itself\ud800' }),
      /secretAccessKey must be well-formed/,
    ],
    'gives what only looks like a date': [
      () => ({ ...key, expiration: { [Symbol.toStringTag]: 'Date', valueOf: () => 1.5 } }),
      /expiration must be a valid Date/,
    ],
  }
  for (const [name, [give, message]] of Object.entries(odd)) {
    it(`that ${name} is a CredentialsProviderError, and ends neither the process nor the call’s hope`, async () => {
      const error = await rejection(ways['the credentials option'](give, { timeout: 10_000 }).getObject('key'))
      assert.equal(error.name, 'CredentialsProviderError')
      assert.match(error.message, message)
      assertKeepsSecret(error, 'kept to itself')
      assert.equal(server.requests.length, 0)
    })
  }

  it('gets its call an answer even where the addon refuses the first one', async () => {
    const sources = new credentials.CredentialsSources()
    const source = new credentials.CredentialsSource(async () => key)
    sources.add(1, source)
    const given = []
    await sources.answer(1, (json) => {
      given.push(JSON.parse(json))
      if (given.length === 1) throw new Error('refused')
    })
    assert.deepEqual(given[0], key)
    assert.equal(given.length, 2)
    assert.ok(given[1].error.message)
  })

  it('that never answers does not outlive the call’s time', async () => {
    const store = ways['the credentials option'](() => new Promise(() => {}), { timeout: 300 })
    assert.ok((await rejection(store.getObject('key'))) instanceof Error)
  })

  it('that gives a line break is a CredentialsProviderError that names the field, and nothing else', async () => {
    const good = { accessKeyId: 'key', secretAccessKey: 'kept to itself' }
    for (const [field, value] of [
      ['accessKeyId', 'key\r'],
      ['secretAccessKey', 'kept to itself\n'],
      ['sessionToken', 'kept to itself\r\n'],
    ]) {
      for (const open of Object.values(ways)) {
        const error = await rejection(open(async () => ({ ...good, [field]: value })).getObject('key'))
        assert.equal(error.name, 'CredentialsProviderError')
        assert.match(error.message, new RegExp(field))
        assertKeepsSecret(error, 'kept to itself')
      }
    }
    assert.equal(server.requests.length, 0)
  })

  it('that hangs when it is asked ahead of the expiry is asked again by a later call', async () => {
    const give = provider(2 * minute)
    const hanging = (answer) => () => (give.asked === 1 ? ((give.asked += 1), new Promise(() => {})) : answer())
    const store = ways['the credentials option'](hanging(give), { requestTimeout: 200 })
    await waitFor(async () => {
      await store.getObject('key')
      return usedKey(server.requests.at(-1)) === 'key-3'
    }, 'a request with the credentials that came after the hang')
  })

  it('of one store is not asked by another', async () => {
    const [one, two] = [provider(60 * minute, { accessKeyId: 'one' }), provider(60 * minute, { accessKeyId: 'two' })]
    const open = ways['the credentials option']
    const stores = [open(one), open(two)]
    for (let time = 0; time < 3; time += 1) for (const store of stores) await store.getObject('key')
    assert.deepEqual(server.requests.map(usedKey), ['one', 'two', 'one', 'two', 'one', 'two'])
    assert.deepEqual([one.asked, two.asked], [1, 1])
  })
})
