// What an S3Client carries: what can be taken over, and what would be lost.
import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { describe, it } from 'node:test'
import { S3, S3Client } from '@aws-sdk/client-s3'
import createS3Store from 's3-store-native'
import obstacles from '../../lib/client/obstacles.cjs'
import sdkClients from '../../lib/client/sdk-client.cjs'
import settings from '../../lib/client/settings.cjs'
import watching from '../../lib/client/watch.cjs'
import { object } from '../support/answers.mjs'
import { sdkClient } from '../support/engines.mjs'
import { rejection } from '../support/expect-error.mjs'
import { ScriptedServer } from '../support/scripted-server.mjs'

const keys = { accessKeyId: 'a', secretAccessKey: 's' }
// The SDK writes into the credentials that it is given.
const make = (options) => new S3Client({ region: 'us-east-1', credentials: { ...keys }, ...options })

class WithMiddleware extends S3Client {
  constructor(options) {
    super(options)
    this.middlewareStack.add((next) => (args) => next(args), { step: 'build', name: 'addedByASubclass' })
  }
}

async function lost(client, bucket = 'bucket') {
  return [...obstacles.findObstacles(client), ...(await obstacles.findLateObstacles(client, bucket))]
}

describe('what is a client of the SDK', () => {
  it('is told from what only looks like one', () => {
    for (const client of [make(), new S3({ region: 'x' }), new WithMiddleware({ region: 'x' })]) {
      assert.ok(sdkClients.isSdkClient(client))
    }
    const { config, middlewareStack } = make()
    const lookalikes = [{ send() {} }, { send() {}, config }, { send() {}, middlewareStack, config: {} }, () => {}]
    for (const client of lookalikes) assert.ok(!sdkClients.isSdkClient(client))
  })
})

describe('nothing would be lost of', () => {
  const clients = {
    'a plain client': () => make(),
    'the aggregated client': () => new S3({ region: 'us-east-1' }),
    'one with the default chain of credentials': () => new S3Client({ region: 'us-east-1' }),
    'one with harmless agents': () =>
      make({
        requestHandler: {
          httpAgent: new Agent({ keepAlive: true, maxSockets: 5, timeout: 1000 }),
          httpsAgent: new SecureAgent({ keepAlive: true, rejectUnauthorized: true }),
        },
      }),
    'one with options for agents': () => make({ requestHandler: { httpsAgent: { maxSockets: 7 } } }),
    'one in adaptive mode': () => make({ retryMode: 'adaptive' }),
    'one that calls itself something': () => make({ customUserAgent: 'my-tool/1.0', userAgentAppId: 'mine' }),
    'one whose clock was corrected': () => make({ systemClockOffset: 60_000 }),
    'one that logs nothing': () => make({ logger: null }),
    'one with endpoint settings': () => make({ useDualstackEndpoint: true, endpoint: 'http://127.0.0.1:1' }),
  }
  for (const [name, client] of Object.entries(clients)) {
    it(name, async () => assert.deepEqual(await lost(client()), []))
  }
})

describe('something would be lost of', () => {
  const clients = {
    'one of a class that adds middleware': [() => new WithMiddleware({ region: 'x' }), /addedByASubclass/],
    'one without some of its middleware': [
      () => {
        const client = make()
        client.middlewareStack.remove('retryMiddleware')
        return client
      },
      /changed middleware/,
    ],
    'one with another middleware in the place of the SDK’s': [
      () => {
        const client = make()
        client.middlewareStack.add((next) => (args) => next(args), {
          name: 'hostHeaderMiddleware',
          step: 'build',
          priority: 'low',
          override: true,
        })
        return client
      },
      /middleware \(hostHeaderMiddleware\)/,
    ],
    'one that logs': [() => make({ logger: console }), /its own logger/],
    'one that parses URLs its own way': [() => make({ urlParser: (url) => url }), /urlParser/],
    'one that hashes its own way': [() => make({ sha256: class Mine {} }), /sha256/],
    'one that escapes paths when it signs': [() => make({ signingEscapePath: true }), /signingEscapePath/],
    'one with a signer': [() => make({ signer: { sign: async (request) => request } }), /signer/],
    'one that follows redirects': [() => make({ followRegionRedirects: true }), /followRegionRedirects/],
    'one whose bucket is a URL': [() => make({ bucketEndpoint: true }), /bucketEndpoint/],
    'one whose keys begin with a slash of the endpoint’s': [
      () => make({ endpoint: 'https://s3.example/prefix//' }),
      /several slashes/,
    ],
    'one that wants no TLS': [() => make({ tls: false }), /tls/],
    'one with a retry strategy': [
      () => make({ retryStrategy: { mode: 'mine', acquireInitialRetryToken() {} } }),
      /retryStrategy/,
    ],
    'one whose handler is watched': [
      () => {
        const client = make()
        const { requestHandler } = client.config
        requestHandler.handle = requestHandler.handle.bind(requestHandler)
        return client
      },
      /requestHandler/,
    ],
    'one whose agent looks names up': [
      () => make({ requestHandler: { httpAgent: new Agent({ lookup() {} }) } }),
      /httpAgent/,
    ],
    'one whose agent is of another class': [
      () => make({ requestHandler: { httpsAgent: new (class Proxied extends SecureAgent {})() } }),
      /httpsAgent/,
    ],
    'one with a CA among the options for agents': [
      () => make({ requestHandler: { httpsAgent: { ca: 'a certificate' } } }),
      /httpsAgent/,
    ],
  }
  for (const [name, [client, what]] of Object.entries(clients)) {
    it(name, async () => assert.match((await lost(client())).join(), what))
  }

  it('one that takes the region of an ARN, when the bucket is one', async () => {
    const client = make({ useArnRegion: true })
    assert.deepEqual(await lost(client), [])
    assert.match((await lost(client, 'arn:aws:s3:eu-west-1:123456789012:accesspoint/a')).join(), /useArnRegion/)
  })
})

describe('a client that is watched', () => {
  const middleware = (next) => (args) => next(args)
  const changes = {
    'middleware is added': (client) => client.middlewareStack.add(middleware, { name: 'added' }),
    'middleware is added beside another': (client) =>
      client.middlewareStack.addRelativeTo(middleware, { relation: 'before', toMiddleware: 'retryMiddleware' }),
    'a plugin is used': (client) => client.middlewareStack.use({ applyToStack: (stack) => stack.add(middleware) }),
    'middleware is removed': (client) => client.middlewareStack.remove('retryMiddleware'),
    'middleware is put in another’s place': (client) => {
      const place = { name: 'hostHeaderMiddleware', step: 'build', priority: 'low', override: true }
      client.middlewareStack.add(middleware, place)
    },
    'send is mocked': (client) => (client.send = async () => ({})),
    'a logger is set': (client) => (client.config.logger = console),
    'the request handler is replaced': (client) => (client.config.requestHandler = make().config.requestHandler),
  }
  for (const [name, change] of Object.entries(changes)) {
    it(`has changed once ${name}`, () => {
      const client = make()
      const watch = new watching.Watch(client, obstacles.WATCHED)
      assert.deepEqual([watch.hasChanged(), watch.hasChanged()], [true, false])
      change(client)
      assert.deepEqual([watch.hasChanged(), watch.hasChanged()], [true, false])
    })
  }
})

describe('the settings taken from a client', () => {
  const read = async (options) => {
    const { credentials: source, environment, ...rest } = await settings.readSettings(make(options))
    assert.deepEqual(JSON.parse(await source.answer()), keys)
    assert.deepEqual(environment, {})
    return JSON.parse(JSON.stringify(rest))
  }
  const usual = {
    region: 'us-east-1',
    maxAttempts: 3,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    useAccelerateEndpoint: false,
  }

  it('are few for a plain one', async () => {
    const { connectionTimeout, ...rest } = await read({})
    // Only the SDK's defaults mode sets this one.
    assert.ok(connectionTimeout === undefined || connectionTimeout > 0)
    assert.deepEqual(rest, usual)
  })

  it('have the endpoint as text, however it was given', async () => {
    const expected = {
      'http://127.0.0.1:9000/': /^http:\/\/127\.0\.0\.1:9000\/?$/,
      'https://[::1]:9000/s3': /^https:\/\/\[::1\]:9000\/s3$/,
    }
    for (const [endpoint, text] of Object.entries(expected)) {
      assert.match((await read({ endpoint })).endpoint, text)
      assert.match((await read({ endpoint: async () => endpoint })).endpoint, text)
      assert.match((await read({ endpoint: { url: new URL(endpoint) } })).endpoint, text)
    }
  })

  it('have limits that native code can take, whatever the SDK took', async () => {
    const most = 2 ** 31 - 1
    const requestHandler = {
      connectionTimeout: Number.MAX_VALUE,
      requestTimeout: 1e16,
      httpsAgent: { maxSockets: 1e12 },
    }
    const { maxAttempts, connectionTimeout, requestTimeout, maxConnections } = await read({
      maxAttempts: 1e12,
      requestHandler,
    })
    assert.deepEqual([maxAttempts, connectionTimeout, requestTimeout, maxConnections], [most, most, most, most])
    for (const maxSockets of [-1, 0, Infinity]) {
      assert.equal((await read({ requestHandler: { httpsAgent: { maxSockets } } })).maxConnections, undefined)
    }
  })

  it('have the flags, the attempts and the limits', async () => {
    const requestHandler = { connectionTimeout: 1500.5, requestTimeout: 0, httpsAgent: { maxSockets: 7 } }
    const options = {
      forcePathStyle: true,
      useFipsEndpoint: true,
      useDualstackEndpoint: async () => true,
      maxAttempts: 5,
    }
    assert.deepEqual(await read({ ...options, requestHandler }), {
      ...usual,
      forcePathStyle: true,
      useFipsEndpoint: true,
      useDualstackEndpoint: true,
      maxAttempts: 5,
      connectionTimeout: 1501,
      maxConnections: 7,
    })
  })
})

describe('a client', () => {
  it('whose configuration can not be read is an error that says so, and is read again with the next call', async () => {
    const server = await ScriptedServer.start(object('read'))
    try {
      let region = async () => {
        throw Object.assign(new Error('nobody knows the region'), { code: 'ERR_NO_REGION' })
      }
      const store = createS3Store('bucket', { client: sdkClient(server, { region: () => region() }) })
      const error = await rejection(store.getObject('key'))
      assert.match(error.message, /nobody knows the region.*bucket bucket.*key "key"/)
      assert.equal(error.cause.message, 'nobody knows the region')
      assert.deepEqual(
        { code: error.code, operation: error.operation, bucket: error.bucket, key: error.key },
        { code: 'ERR_NO_REGION', operation: 'getObject', bucket: 'bucket', key: 'key' },
      )
      assert.equal(server.requests.length, 0)
      region = async () => 'us-east-1'
      assert.equal(await (await store.getObject('key')).asString(), 'read')
    } finally {
      await server.close()
    }
  })

  it('with an agent of its own is known as such before the first call', async () => {
    const requestHandler = { httpsAgent: new SecureAgent({ ca: 'a certificate' }) }
    const store = createS3Store('bucket', { client: make({ requestHandler }) })
    for (let turn = 0; turn < 100 && store.engine === 'native'; turn += 1) await new Promise(setImmediate)
    assert.equal(store.engine, 'client')
  })

  it('that is forced and then mocked is refused while it is', async () => {
    const client = make()
    const store = createS3Store('bucket', { client, engine: 'native' })
    client.send = async () => ({})
    assert.match((await rejection(store.getObject('key'))).message, /its own send/)
    delete client.send
    assert.equal(store.engine, 'native')
  })
})
