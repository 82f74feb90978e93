// What createS3Store refuses, at once, and what it takes.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { createRequire } from 'node:module'
import { after, before, describe, it } from 'node:test'
import { rootCertificates } from 'node:tls'
import createS3Store, * as exported from 's3-store-native'
import { object } from './support/answers.mjs'
import { connection, sdkClient } from './support/engines.mjs'
import { assertArgumentError, assertKeepsSecret, rejection } from './support/expect-error.mjs'
import { ScriptedServer } from './support/scripted-server.mjs'

const somewhere = {
  endpoint: 'http://127.0.0.1:9',
  region: 'us-east-1',
  accessKeyId: 'options-access-key',
  secretAccessKey: 'options-secret',
}
const options = connection(somewhere)
const type = 'ERR_INVALID_ARG_TYPE'

function thrown(make) {
  try {
    make()
  } catch (error) {
    return error
  }
  return assert.fail('nothing was thrown')
}

describe('the bucket', () => {
  const bad = {
    'no bucket': [undefined, type],
    null: [null, type],
    'a number': [42, type],
    'an object': [{}, type],
    'an empty one': [''],
    'one of 256 characters': ['b'.repeat(256)],
    'one with a slash': ['a/b'],
    'one with a space': ['a b'],
    'one with a tab': ['a\tb'],
    'one with a no-break space': ['a\u00a0b'],
    'one with a NUL': ['a\u0000b'],
    'one with an escape': ['a\u001bb'],
    'one with a delete': ['a\u007fb'],
    'one with a lone surrogate': ['a\ud83d'],
    'an ARN that ends too early': ['arn:aws:s3:us-east-1'],
    'an ARN of a bucket': ['arn:aws:s3:::my-bucket'],
    'an ARN of another service': ['arn:aws:sqs:us-east-1:123456789012:accesspoint/a'],
    'an ARN without the access point’s name': ['arn:aws:s3:us-east-1:123456789012:accesspoint/'],
  }
  for (const [name, [bucket, code]] of Object.entries(bad)) {
    it(`${name} is refused`, () => {
      assertArgumentError(
        thrown(() => createS3Store(bucket, options)),
        { name: 'bucket', code },
      )
    })
    it(`${name} is refused beside an adopted client`, () => {
      assertArgumentError(
        thrown(() => createS3Store(bucket, { client: sdkClient(somewhere) })),
        { name: 'bucket', code },
      )
    })
  }

  const good = [
    'b',
    'my-bucket',
    'my.bucket.with.dots',
    'UPPER_and_under',
    'b'.repeat(255),
    'arn:aws:s3:us-east-1:123456789012:accesspoint/my-access-point',
    'arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap',
    'arn:aws-cn:s3-outposts:cn-north-1:123456789012:outpost/op-01234567890123456/accesspoint/reports',
    'arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint:reports',
  ]
  for (const bucket of good) {
    it(`${bucket.slice(0, 70)} is taken`, () => {
      const store = createS3Store(bucket, options)
      assert.equal(store.bucket, bucket)
      assert.equal(store.engine, 'native')
    })
  }
})

describe('the options', () => {
  const bad = {
    'a string as options': ['us-east-1', type, 'options'],
    'a number as options': [42, type, 'options'],
    'an unknown option': [{ ...options, regoin: 'us-east-1' }, undefined, 'regoin'],
    'a client without send': [{ client: {} }, undefined, 'client'],
    'a string as client': [{ client: 'client' }, type, 'client'],
    'an unknown engine': [{ ...options, engine: 'turbo' }, undefined, 'engine'],
    'a number as region': [{ ...options, region: 1 }, type, 'region'],
    'an empty region': [{ ...options, region: '' }, undefined, 'region'],
    'a number as endpoint': [{ ...options, endpoint: 9000 }, type, 'endpoint'],
    'an endpoint without a scheme': [{ ...options, endpoint: 'localhost:9000' }, undefined, 'endpoint'],
    'an endpoint that is no web address': [{ ...options, endpoint: 'ftp://localhost' }, undefined, 'endpoint'],
    'a string as credentials': [{ ...options, credentials: 'key:secret' }, type, 'credentials'],
    'credentials without a secret': [{ ...options, credentials: { accessKeyId: 'a' } }, undefined, 'credentials'],
    'an unknown word as credentials': [{ ...options, credentials: 'nobody' }, type, 'credentials'],
    'a lone surrogate in the region': [{ ...options, region: 'a\ud83d' }, undefined, 'region'],
    'a lone surrogate in the profile': [{ profile: '\ude00' }, undefined, 'profile'],
    'a lone surrogate in the key id': [
      { ...options, credentials: { accessKeyId: '\ud800', secretAccessKey: 's' } },
      undefined,
      'credentials.accessKeyId',
    ],
    'FIPS at an endpoint': [{ ...options, useFipsEndpoint: true }, undefined, 'useFipsEndpoint'],
    'dual-stack at an endpoint': [{ ...options, useDualstackEndpoint: true }, undefined, 'useDualstackEndpoint'],
    'acceleration at an endpoint': [{ ...options, useAccelerateEndpoint: true }, undefined, 'useAccelerateEndpoint'],
    'acceleration in path style': [{ useAccelerateEndpoint: true, forcePathStyle: true }, undefined, 'forcePathStyle'],
    'acceleration with FIPS': [{ useAccelerateEndpoint: true, useFipsEndpoint: true }, undefined, 'useFipsEndpoint'],
    'a region with a line break': [{ ...options, region: 'us-east-1\r' }, undefined, 'region'],
    'an access key id with a line break': [
      { ...options, credentials: { accessKeyId: 'a\r', secretAccessKey: 's' } },
      undefined,
      'accessKeyId',
    ],
    'a session token with a line break': [
      { ...options, credentials: { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't\n' } },
      undefined,
      'sessionToken',
    ],
    'a number as profile': [{ profile: 1 }, type, 'profile'],
    'a string as forcePathStyle': [{ ...options, forcePathStyle: 'true' }, type, 'forcePathStyle'],
    'a number as useFipsEndpoint': [{ ...options, useFipsEndpoint: 1 }, type, 'useFipsEndpoint'],
    'a number as useDualstackEndpoint': [{ ...options, useDualstackEndpoint: 1 }, type, 'useDualstackEndpoint'],
    'a number as useAccelerateEndpoint': [{ ...options, useAccelerateEndpoint: 1 }, type, 'useAccelerateEndpoint'],
  }
  Object.assign(bad, {
    'a word as dangerouslySkipTlsVerification': [
      { ...options, dangerouslySkipTlsVerification: 'yes' },
      type,
      'options.dangerouslySkipTlsVerification',
    ],
    'dangerouslySkipTlsVerification with ca': [
      { ...options, dangerouslySkipTlsVerification: true, ca: rootCertificates[0] },
      undefined,
      'options.dangerouslySkipTlsVerification',
    ],
    'true as proxy': [{ ...options, proxy: true }, type, 'options.proxy'],
    'a proxy without a scheme': [{ ...options, proxy: 'proxy.example:3128' }, undefined, 'options.proxy'],
    'a proxy for sockets': [{ ...options, proxy: 'socks5://127.0.0.1:1080' }, undefined, 'options.proxy'],
    'a proxy with a path': [{ ...options, proxy: 'http://127.0.0.1:3128/path' }, undefined, 'options.proxy'],
    'a proxy with a query': [{ ...options, proxy: 'http://127.0.0.1:3128/?a=b' }, undefined, 'options.proxy'],
    'a number as ca': [{ ...options, ca: 1 }, type, 'options.ca '],
    'null in ca': [{ ...options, ca: [rootCertificates[0], null] }, type, 'options.ca[1]'],
    'no certificate in ca': [{ ...options, ca: [] }, undefined, 'options.ca '],
    'a text without a certificate as ca': [{ ...options, ca: 'no PEM' }, undefined, 'options.ca '],
    'a certificate in DER as ca': [
      { ...options, ca: new X509Certificate(rootCertificates[0]).raw },
      undefined,
      'options.ca ',
    ],
    'a certificate in ca that is broken': [
      { ...options, ca: [`${rootCertificates[0]}\n-----BEGIN CERTIFICATE-----\nbm90\n-----END CERTIFICATE-----`] },
      undefined,
      'options.ca[0]',
    ],
    'a string as recovery': [{ ...options, recovery: 'no' }, type, 'recovery'],
    'an unknown readBack': [{ ...options, readBack: 'never' }, undefined, 'readBack'],
    'a boolean as readBack': [{ ...options, readBack: true }, undefined, 'readBack'],
    'an unknown word in conditions': [{ ...options, conditions: 'trusted' }, undefined, 'conditions'],
    'an unknown checksum': [{ ...options, checksum: 'MD5' }, undefined, 'checksum'],
    'true as checksum': [{ ...options, checksum: true }, type, 'checksum'],
    'a number as verifyPrefix': [{ ...options, verifyPrefix: 1 }, type, 'verifyPrefix'],
    'an empty verifyPrefix': [{ ...options, verifyPrefix: '' }, undefined, 'verifyPrefix'],
    'a lone surrogate in verifyPrefix': [{ ...options, verifyPrefix: 'a\ud83d' }, undefined, 'verifyPrefix'],
    'a verifyPrefix that leaves no room': [{ ...options, verifyPrefix: 'p'.repeat(986) }, undefined, 'verifyPrefix'],
  })
  for (const name of ['maxAttempts', 'connectionTimeout', 'requestTimeout', 'timeout', 'maxConnections']) {
    bad[`a string as ${name}`] = [{ ...options, [name]: '3' }, type, name]
    bad[`a negative ${name}`] = [{ ...options, [name]: -1 }, undefined, name]
    bad[`NaN as ${name}`] = [{ ...options, [name]: NaN }, undefined, name]
  }
  for (const name of ['maxAttempts', 'maxConnections']) {
    bad[`0 as ${name}`] = [{ ...options, [name]: 0 }, undefined, name]
    bad[`1.5 as ${name}`] = [{ ...options, [name]: 1.5 }, undefined, name]
    bad[`an infinite ${name}`] = [{ ...options, [name]: Infinity }, undefined, name]
  }
  for (const [name, [value, code, named]] of Object.entries(bad)) {
    it(`${name}: refused`, () => {
      assertArgumentError(
        thrown(() => createS3Store('bucket', value)),
        { name: named, code },
      )
    })
  }

  const connectionSettings = {
    ...options,
    profile: 'p',
    forcePathStyle: true,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    useAccelerateEndpoint: false,
    ca: 'certificate',
    dangerouslySkipTlsVerification: false,
    proxy: false,
  }
  for (const [name, value] of Object.entries(connectionSettings)) {
    it(`${name} beside a client is a TypeError that names both`, () => {
      for (const client of [sdkClient(somewhere), { send: async () => ({}) }]) {
        const error = thrown(() => createS3Store('bucket', { client, [name]: value }))
        assert.ok(error instanceof TypeError)
        assertArgumentError(error, { name })
        assert.match(error.message, /client/)
      }
    })
  }

  it('a complaint about credentials does not repeat them', () => {
    const secret = 'never-print-this'
    const error = thrown(() =>
      createS3Store('b', { ...options, credentials: { accessKeyId: 42, secretAccessKey: secret } }),
    )
    assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes(secret))
  })

  it('a complaint about a proxy does not repeat it', () => {
    for (const proxy of [
      'http://user:hunter2@proxy.example/path',
      'ftp://user:hunter2@proxy.example',
      'user:hunter2@p',
    ]) {
      assertKeepsSecret(
        thrown(() => createS3Store('b', { ...options, proxy })),
        'hunter2',
      )
    }
  })

  it('a complaint about ca does not repeat it', () => {
    const secret = '-----BEGIN PRIVATE KEY-----\nnever-print-this\n-----END PRIVATE KEY-----'
    const error = thrown(() => createS3Store('b', { ...options, ca: secret }))
    assertKeepsSecret(error, 'never-print-this')
  })

  it('a field of the credentials that is undefined is called so', () => {
    const error = thrown(() => createS3Store('b', { credentials: { accessKeyId: undefined, secretAccessKey: 's' } }))
    assert.match(error.message, /accessKeyId must be a string, got undefined$/)
  })

  it('limits are taken beside a client', () => {
    const limits = { maxAttempts: 5, connectionTimeout: 1000, requestTimeout: 1000, timeout: 5000, maxConnections: 4 }
    assert.equal(createS3Store('bucket', { client: sdkClient(somewhere), ...limits }).engine, 'native')
  })

  it('what writes promise is taken beside a client, and without one', () => {
    const truth = { recovery: false, readBack: 'ambiguous', conditions: 'trust', verifyPrefix: 'p'.repeat(985) }
    for (const rest of [options, { client: sdkClient(somewhere) }, { client: { send: async () => ({}) } }]) {
      assert.equal(createS3Store('bucket', { ...rest, ...truth }).bucket, 'bucket')
    }
  })

  it('undefined is as good as absent', () => {
    const nothing = {
      client: undefined,
      profile: undefined,
      maxAttempts: undefined,
      engine: undefined,
      timeout: undefined,
    }
    assert.equal(createS3Store('bucket', { ...options, ...nothing }).engine, 'native')
    assert.equal(createS3Store('bucket', undefined).bucket, 'bucket')
  })
})

describe('an endpoint that a URL is lenient about', () => {
  let server
  before(async () => {
    server = await ScriptedServer.start(object('read'))
  })
  after(() => server.close())

  const written = {
    'as it is': (endpoint) => endpoint,
    'as a URL': (endpoint) => new URL(endpoint),
    'with a slash': (endpoint) => `${endpoint}/`,
    'with spaces around': (endpoint) => ` ${endpoint} `,
    'with a line feed at its end': (endpoint) => `${endpoint}\n`,
    'without its slashes': (endpoint) => endpoint.replace('//', ''),
    'with an empty query and fragment': (endpoint) => `${endpoint}/?#`,
    'in capitals': (endpoint) => endpoint.toUpperCase(),
    'with a path that has a space': (endpoint) => `${endpoint}/a b`,
  }
  for (const [name, write] of Object.entries(written)) {
    it(`is asked, written ${name}`, async () => {
      const store = createS3Store('bucket', { ...options, endpoint: write(server.endpoint) })
      assert.equal(await (await store.getObject('key')).asString(), 'read')
      assert.match(server.requests.at(-1).path, /^(?:\/a%20b)?\/bucket\/key$/)
    })
  }

  it('may have a host that is not ASCII', async () => {
    const store = createS3Store('bucket', { ...options, endpoint: 'http://bücher.invalid', maxAttempts: 1 })
    assert.match((await rejection(store.getObject('key'))).message, /xn--bcher-kva\.invalid/)
  })
})

describe('the package', () => {
  const required = createRequire(import.meta.url)('s3-store-native')
  const classes = [
    'UnsupportedBucketOperationError',
    'StaleDataError',
    'KeyExistsError',
    'ConcurrentWriteConflictError',
    'AmbiguousWriteError',
  ]

  it('exports the same things to import and to require', () => {
    assert.equal(typeof required, 'function')
    assert.equal(required, createS3Store)
    assert.equal(required.createS3Store, createS3Store)
    assert.equal(exported.createS3Store, createS3Store)
    for (const name of ['createJsonWrapper', ...classes]) {
      assert.equal(typeof exported[name], 'function')
      assert.equal(required[name], exported[name], name)
    }
  })

  for (const name of classes) {
    it(`${name} can be made as the mirrored package’s`, () => {
      const original = new Error('original')
      const error = new exported[name]('message', original)
      assert.ok(error instanceof Error)
      assert.deepEqual([error.name, error.message], [name, 'message'])
      assert.equal(error.originalError, original)
      assert.equal(error.cause, original)
      assert.equal(new exported[name]('alone').originalError, undefined)
    })
  }
})
