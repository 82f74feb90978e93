// Which engine a client gets, and what an adopted one brings with it.
import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { mockClient } from 'aws-sdk-client-mock'
import createS3Store from 's3-store-native'
import { failed, object, written } from './support/answers.mjs'
import { connection, sdkClient } from './support/engines.mjs'
import { rejection } from './support/expect-error.mjs'
import { ScriptedServer } from './support/scripted-server.mjs'

let server
beforeEach(async () => {
  server = await ScriptedServer.start(object('scripted'))
})
afterEach(() => server.close())

/** Makes a store and reads from it: whichever of the two fails rejects. */
const use = async (options) => (await createS3Store('bucket', options).getObject('key')).asString()

class Renamed extends S3Client {}
class Overridden extends S3Client {
  sent = 0
  send(...args) {
    this.sent += 1
    return super.send(...args)
  }
}
const header = { step: 'build', name: 'addedByTheUser' }
const addHeader = (next) => (args) => {
  args.request.headers['x-added'] = 'yes'
  return next(args)
}

describe('an adopted S3Client', () => {
  const clients = {
    'a plain one': () => sdkClient(server),
    'one that was used before': async () => {
      const client = sdkClient(server)
      await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'key' }))
      return client
    },
    'a subclass that overrides nothing': () => new Renamed({ ...connection(server), forcePathStyle: true }),
    'one with functions for its settings': () =>
      new S3Client({
        region: async () => server.region,
        endpoint: async () => ({ hostname: '127.0.0.1', port: server.port, protocol: 'http:', path: '/' }),
        credentials: async () => connection(server).credentials,
        forcePathStyle: true,
      }),
    'one with timeouts': () => sdkClient(server, { requestHandler: { requestTimeout: 5000, connectionTimeout: 5000 } }),
    'one with agents that say nothing of TLS': () =>
      sdkClient(server, {
        requestHandler: { httpAgent: new Agent({ maxSockets: 5 }), httpsAgent: new SecureAgent({ keepAlive: true }) },
      }),
  }
  for (const [name, make] of Object.entries(clients)) {
    it(`${name} is adopted`, async () => {
      const client = await make()
      const before = server.requests.length
      const store = createS3Store('bucket', { client })
      assert.equal(store.engine, 'native')
      assert.equal(await (await store.getObject('key')).asString(), 'scripted')
      const request = server.requests[before]
      assert.match(request.headers.authorization, /Credential=scripted-access-key\/\d{8}\/us-east-1\/s3\//)
      assert.equal(request.path, '/bucket/key')
      assert.doesNotMatch(request.headers['user-agent'] ?? '', /aws-sdk-js/, 'not through the JavaScript SDK')
    })
  }

  it('brings its attempts, and the store’s own go before', async () => {
    server.answer(failed(500, 'InternalError'))
    await rejection(use({ client: sdkClient(server, { maxAttempts: 2 }) }))
    assert.equal(server.requests.length, 2)
    await rejection(use({ client: sdkClient(server, { maxAttempts: 2 }), maxAttempts: 1 }))
    assert.equal(server.requests.length, 3)
  })

  it('brings its region and a session token', async () => {
    const credentials = { ...connection(server).credentials, sessionToken: 'a-session-token' }
    await use({ client: sdkClient(server, { region: 'eu-north-1', credentials }) })
    assert.match(server.requests[0].headers.authorization, /\/eu-north-1\/s3\//)
    assert.equal(server.requests[0].headers['x-amz-security-token'], 'a-session-token')
  })

  it('asks virtual-host style when its client does', async () => {
    const client = new S3Client({ ...connection(server), endpoint: 'http://nowhere.invalid', forcePathStyle: false })
    const error = await rejection(use({ client, maxAttempts: 1 }))
    assert.match(error.message, /bucket\.nowhere\.invalid/)
  })

  it('may be shared by stores, destroyed by its owner, and is never changed', async () => {
    const client = sdkClient(server)
    const stacks = JSON.stringify(client.middlewareStack.identify())
    const one = createS3Store('one', { client })
    const two = createS3Store('two', { client })
    await Promise.all([one.getObject('key'), two.getObject('key')])
    assert.equal(JSON.stringify(client.middlewareStack.identify()), stacks)
    client.destroy()
    assert.equal(await (await one.getObject('key')).asString(), 'scripted')
  })
})

describe('an S3Client that native code can not stand in for', () => {
  const clients = {
    'one with added middleware': () => {
      const client = sdkClient(server)
      client.middlewareStack.add(addHeader, header)
      return client
    },
    'one with a request handler of the user’s': () => {
      const { requestHandler } = sdkClient(server).config
      const handler = { metadata: requestHandler.metadata, handle: (...args) => requestHandler.handle(...args) }
      return sdkClient(server, { requestHandler: handler })
    },
    'one with an endpoint provider': () =>
      sdkClient(server, { endpointProvider: () => ({ url: new URL(`${server.endpoint}/bucket`) }) }),
    'one whose agent trusts another CA': () =>
      sdkClient(server, { requestHandler: { httpsAgent: new SecureAgent({ ca: 'a certificate' }) } }),
    'one whose agent trusts everybody': () =>
      sdkClient(server, { requestHandler: { httpsAgent: new SecureAgent({ rejectUnauthorized: false }) } }),
    'one whose agent has a certificate and a key': () =>
      sdkClient(server, { requestHandler: { httpsAgent: new SecureAgent({ cert: 'c', key: 'k' }) } }),
    'one that logs': () => sdkClient(server, { logger: { debug() {}, info() {}, warn() {}, error() {} } }),
    'one whose send is its own property': () => {
      const client = sdkClient(server)
      const { send } = client
      client.send = (...args) => send.apply(client, args)
      return client
    },
    'one of a class that overrides send': () => new Overridden({ ...connection(server), forcePathStyle: true }),
  }
  for (const [name, make] of Object.entries(clients)) {
    it(`${name} does the work itself`, async () => {
      const store = createS3Store('bucket', { client: make() })
      assert.equal(await (await store.getObject('key')).asString(), 'scripted')
      assert.equal(store.engine, 'client')
      assert.match(server.requests[0].headers['user-agent'], /aws-sdk-js/)
    })

    it(`${name} is refused when the native engine is asked for`, async () => {
      const error = await rejection(use({ client: make(), engine: 'native' }))
      assert.ok(error instanceof Error)
      assert.match(error.message, /client|engine/i)
      assert.equal(server.requests.length, 0)
    })
  }

  it('keeps its middleware’s work', async () => {
    await use({ client: clients['one with added middleware']() })
    assert.equal(server.requests[0].headers['x-added'], 'yes')
  })

  it('is noticed when the middleware is added later, and when it is gone', async () => {
    const client = sdkClient(server)
    const store = createS3Store('bucket', { client })
    for (let time = 0; time < 2; time += 1) {
      client.middlewareStack.add(addHeader, header)
      assert.equal(store.engine, 'client')
      await store.getObject('key')
      assert.equal(server.requests.at(-1).headers['x-added'], 'yes')
      client.middlewareStack.remove(header.name)
      assert.equal(store.engine, 'native')
      await store.getObject('key')
      assert.doesNotMatch(server.requests.at(-1).headers['user-agent'] ?? '', /aws-sdk-js/)
    }
  })

  it('is refused when the native engine was asked for and middleware is added later', async () => {
    const client = sdkClient(server)
    const store = createS3Store('bucket', { client, engine: 'native' })
    await store.getObject('key')
    client.middlewareStack.add(addHeader, header)
    assert.match((await rejection(store.getObject('key'))).message, /addedByTheUser/)
    assert.equal(server.requests.length, 1)
  })

  it('is noticed when its handler is replaced later', async () => {
    const client = sdkClient(server)
    const store = createS3Store('bucket', { client })
    await store.getObject('key')
    client.config.requestHandler = sdkClient(server, { requestHandler: { requestTimeout: 1 } }).config.requestHandler
    assert.equal(store.engine, 'client')
  })
})

describe('a send that was replaced in the SDK’s base class', () => {
  const base = Object.getPrototypeOf(S3Client.prototype)
  const { send } = base
  let seen = 0
  const traced = function (...args) {
    seen += 1
    return send.apply(this, args)
  }
  afterEach(() => {
    base.send = send
    seen = 0
  })

  it('sees the calls of a store that was made before or after', async () => {
    const before = createS3Store('bucket', { client: sdkClient(server) })
    await before.getObject('key')
    base.send = traced
    const after = createS3Store('bucket', { client: sdkClient(server) })
    for (const store of [before, after]) {
      assert.equal(store.engine, 'client')
      await store.getObject('key')
    }
    assert.equal(seen, 2)
    base.send = send
    for (const store of [before, after]) {
      assert.equal(store.engine, 'native')
      await store.getObject('key')
    }
    assert.equal(seen, 2)
  })

  it('is refused when the native engine is asked for', () => {
    base.send = traced
    assert.throws(() => createS3Store('bucket', { client: sdkClient(server), engine: 'native' }), /its own send/)
  })
})

describe('engine', () => {
  it('client forces an S3Client to do the work', async () => {
    const store = createS3Store('bucket', { client: sdkClient(server), engine: 'client' })
    assert.equal(store.engine, 'client')
    await store.getObject('key')
    assert.match(server.requests[0].headers['user-agent'], /aws-sdk-js/)
  })

  it('native adopts a plain S3Client', async () => {
    const store = createS3Store('bucket', { client: sdkClient(server), engine: 'native' })
    assert.equal(store.engine, 'native')
    await store.getObject('key')
    assert.doesNotMatch(server.requests[0].headers['user-agent'] ?? '', /aws-sdk-js/)
  })

  it('native refuses what is no S3Client', async () => {
    assert.ok((await rejection(use({ client: { send: async () => ({}) }, engine: 'native' }))) instanceof Error)
  })

  it('client needs a client', () => {
    assert.throws(() => createS3Store('bucket', { ...connection(server), engine: 'client' }), TypeError)
  })
})

describe('aws-sdk-client-mock', () => {
  it('on a client that a store already has takes over, and gives back', async () => {
    const client = sdkClient(server)
    const store = createS3Store('bucket', { client, conditions: 'trust' })
    assert.equal(await (await store.getObject('key')).asString(), 'scripted')
    const mock = mockClient(client)
    mock.on(PutObjectCommand).resolves({ ETag: '"mocked"' })
    assert.equal((await store.createObject('key', 'x')).etag, '"mocked"')
    assert.equal(store.engine, 'client')
    const [call] = mock.commandCalls(PutObjectCommand)
    assert.ok(call.args[0] instanceof PutObjectCommand)
    assert.equal(call.args[0].input.IfNoneMatch, '*')
    assert.equal(server.requests.length, 1, 'the server was not asked')
    mock.restore()
    server.answer(written('"real"'))
    assert.equal((await store.createObject('key', 'x')).etag, '"real"')
    assert.equal(store.engine, 'native')
  })

  it('on the class takes over every client, made before or after', async () => {
    const before = createS3Store('bucket', { client: sdkClient(server) })
    const mock = mockClient(S3Client)
    try {
      const after = createS3Store('bucket', { client: sdkClient(server) })
      mock
        .on(PutObjectCommand)
        .rejects(Object.assign(new Error('x'), { name: 'PreconditionFailed', Code: 'PreconditionFailed' }))
      for (const store of [before, after]) {
        assert.equal((await rejection(store.createObject('key', 'x'))).name, 'KeyExistsError')
      }
      assert.equal(mock.commandCalls(PutObjectCommand).length, 2)
      assert.equal(server.requests.length, 0)
    } finally {
      mock.restore()
    }
    assert.equal(await (await before.getObject('key')).asString(), 'scripted')
    assert.equal(server.requests.length, 1)
  })
})
