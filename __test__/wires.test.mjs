// Both wires send the same: generated calls, each made once by the direct wire and once by the SDK's client, and what arrived
// compared. S3_STORE_SEED repeats a run.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import createS3Store from 's3-store-native'
import { deleted, failed, object, reply, truncated, written } from './support/answers.mjs'
import { oddKeys } from './support/odd-keys.mjs'
import { generator, pick, seed } from './support/random.mjs'
import { Recorder } from './support/recorder.mjs'
import { makeCertificates } from './support/tls.mjs'

const bound = { timeout: 120_000 }
const ROUNDS = 8
const ANSWERS = 100
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const region = 'eu-west-1'

/** Hosts that a certificate must name. */
const hosts = ['s3', 's3-fips', 's3.dualstack', 's3-fips.dualstack', 's3-accesspoint', 's3-accesspoint.dualstack']
  .flatMap((service) => ['eu-west-1', 'us-east-2'].map((at) => `${service}.${at}.amazonaws.com`))
  .concat(
    's3express-euw1-az1.eu-west-1.amazonaws.com',
    's3-accelerate.amazonaws.com',
    's3-accelerate.dualstack.amazonaws.com',
    's3.example',
    's3.example.cn',
    'localhost',
  )
  .flatMap((host) => [host, `*.${host}`])

const arn = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/point'

const directory = 'bucket--euw1-az1--x-s3'

/** Where requests can go: what stands in createS3Store. `always`: the wire that makes them whatever is asked for. */
const places = [
  { name: 'AWS' },
  { name: 'AWS, path style', options: { forcePathStyle: true } },
  { name: 'AWS, a bucket with dots', bucket: 'bucket.with.dots' },
  { name: 'dual-stack', options: { useDualstackEndpoint: true } },
  { name: 'FIPS', options: { useFipsEndpoint: true, region: 'us-east-2' } },
  { name: 'FIPS and dual-stack', options: { useFipsEndpoint: true, useDualstackEndpoint: true, region: 'us-east-2' } },
  { name: 'accelerated', options: { useAccelerateEndpoint: true } },
  { name: 'accelerated and dual-stack', options: { useAccelerateEndpoint: true, useDualstackEndpoint: true } },
  { name: 'an access point', bucket: arn, always: 'sdk' },
  { name: 'a directory bucket', bucket: directory, always: 'sdk' },
  { name: 'an access point’s alias', bucket: 'point-aqfqprnstn7aefdfbarligizwgyfouse1a-s3alias' },
  { name: 'an IPv4 address with a port', options: { endpoint: (port) => `http://127.0.0.1:${port}` } },
  { name: 'an IPv6 address with a port', options: { endpoint: (port) => `http://[::1]:${port}` } },
  { name: 'a name of one label', options: { endpoint: (port) => `http://localhost:${port}` } },
  { name: 'a path prefix', options: { endpoint: (port) => `http://127.0.0.1:${port}/a%20b/c+d` } },
  { name: 'a path prefix with a slash', options: { endpoint: (port) => `http://127.0.0.1:${port}/prefix/` } },
  { name: 'a host with a port', options: { endpoint: 'http://s3.example:9000' } },
  { name: 'a host without a port', options: { endpoint: 'http://s3.example' } },
  { name: 'a host with the port of its scheme', options: { endpoint: 'http://s3.example:80/' } },
  { name: 'a host and more slashes than there have to be', options: { endpoint: 'http://s3.example/prefix//' } },
  { name: 'a host, path style', options: { endpoint: 'http://s3.example', forcePathStyle: true } },
  { name: 'a host and a path prefix', options: { endpoint: 'http://s3.example/prefix' } },
  { name: 'a host, HTTPS', options: { endpoint: 'https://s3.example' } },
  { name: 'a host, HTTPS, with a port', options: { endpoint: 'https://s3.example:8443', forcePathStyle: true } },
  { name: 'a host, HTTPS, with the port of its scheme', options: { endpoint: 'https://s3.example:443' } },
  { name: 'a server of HTTP/2', http2: true, options: { endpoint: (port) => `https://localhost:${port}` } },
  { name: 'temporary credentials', token: 'a/token+with=signs' },
  { name: 'AWS, anonymously', options: { credentials: 'anonymous' } },
  {
    name: 'a path prefix, anonymously',
    options: { credentials: 'anonymous', endpoint: (port) => `http://127.0.0.1:${port}/a%20b` },
  },
]

const kept = { ...process.env }
let certificates
before(async () => {
  certificates = await makeCertificates(hosts)
}, bound)
after(async () => {
  process.env = kept
  await certificates?.remove()
}, bound)

/** Stores on both wires, whose every request gets to a recorder. */
async function record({ bucket = 'bucket', token, options = {}, http2, answer }) {
  const credentials = { ...keys, ...(token && { sessionToken: token }) }
  const recorder = await Recorder.start({ certificates, credentials, answer, http2 })
  const proxy = `http://127.0.0.1:${recorder.port}`
  Object.assign(process.env, { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: certificates.caFile })
  const endpoint = options.endpoint?.call?.(undefined, recorder.port) ?? options.endpoint
  const settings = {
    region,
    credentials,
    conditions: 'trust',
    maxAttempts: 1,
    ...options,
    ...(endpoint && { endpoint }),
  }
  const stores = ['direct', 'sdk'].map((wire) => [wire, createS3Store(bucket, { ...settings, wire })])
  return {
    close: () => recorder.close(),
    /** Makes a call by each wire. */
    async both(run) {
      const seen = {}
      for (const [wire, store] of stores) {
        recorder.requests = []
        const outcome = await run(store).then(describeResult, describeError)
        seen[wire] = { outcome, requests: recorder.requests }
      }
      return seen
    },
  }
}

describe(`both wires send the same (S3_STORE_SEED=${seed})`, () => {
  for (const [index, { name, always, ...place }] of places.entries()) {
    it(`to ${name}`, bound, async () => {
      const recording = await record({ ...place, answer })
      try {
        const random = generator(seed + index)
        for (const { name, run } of calls(random, isExposed(place)))
          compare(name, await recording.both(run), {
            always,
            isSigned: place.options?.credentials !== 'anonymous',
          })
      } finally {
        await recording.close()
      }
    })
  }
})

/** Whether what is sent there can be read by others. */
function isExposed({ options }) {
  return typeof options?.endpoint === 'string' && options.endpoint.startsWith('http:')
}

it(
  'neither wire sends the key that an object is encrypted with over plain HTTP to another machine',
  bound,
  async () => {
    const recording = await record({ options: { endpoint: 'http://s3.example' }, answer })
    try {
      const key = Buffer.alloc(32)
      const large = new Blob([Buffer.alloc(6 * 1024 * 1024)])
      for (const call of [
        (store) => store.getObject('key', { sseCustomerKey: key }),
        (store) => store.createObject('key', 'body', { sseCustomerKey: key }),
        (store) => store.createObject('key', large, { sseCustomerKey: key, partSize: 5 * 1024 * 1024 }),
        (store) => store.copyObject('from', 'to', { ifNoneMatch: '*', sseCustomerKey: key }),
        (store) => store.copyObject('from', 'to', { ifNoneMatch: '*', sourceSseCustomerKey: key }),
      ]) {
        const { direct, sdk } = await recording.both(call)
        for (const { outcome, requests } of [direct, sdk]) {
          assert.equal(outcome.code, 'ERR_INVALID_ARG_VALUE')
          assert.match(outcome.message, /^options\.sseCustomerKey must not be sent over plain HTTP/)
          assert.ok(!requests.some(({ headers }) => JSON.stringify(headers).includes('customer-key')))
        }
      }
    } finally {
      await recording.close()
    }
  },
)

describe(`both wires make the same of an answer (S3_STORE_SEED=${seed})`, () => {
  for (const verb of [
    'createObject',
    'putObjectIfMatch',
    'getObject',
    'getObjectIfMatch',
    'deleteObject',
    'deleteObjectIfMatch',
    'headObject',
  ]) {
    it(`to ${verb}`, bound, async () => {
      const random = generator(seed)
      let given
      const recording = await record({
        options: { endpoint: (port) => `http://127.0.0.1:${port}` },
        // A HEAD reads back, but where it is what is asked for.
        answer: ({ method }) =>
          method === 'HEAD' && verb !== 'headObject' ? reply(200, '', { etag: '"e"' }) : reply(...given),
      })
      try {
        for (let round = 0; round < ANSWERS; round += 1) {
          given = anAnswer(random)
          const seen = await recording.both((store) => ask(store, verb))
          assert.deepEqual(seen.direct.outcome, seen.sdk.outcome, JSON.stringify(given))
          assert.equal(seen.direct.requests.length, seen.sdk.requests.length, JSON.stringify(given))
        }
      } finally {
        await recording.close()
      }
    })
  }
})

it('both wires make the same of an answer to a listing', bound, async () => {
  const page = (part) => `<ListBucketResult>${part}<Contents><Key>k</Key></Contents></ListBucketResult>`
  const goesOn = (truncated) =>
    page(`<IsTruncated>${truncated}</IsTruncated><NextContinuationToken>t</NextContinuationToken>`)
  const entry = (part) => page(`<Contents><Key>a</Key>${part}</Contents>`)
  const html = '<html><body><h1>Sign in</h1></body></html>'
  const error = '<Error><Code>InternalError</Code><Message>m</Message></Error>'
  let given
  const recording = await record({
    options: { endpoint: (port) => `http://127.0.0.1:${port}` },
    answer: ({ query }) => (query.includes('continuation-token=') ? reply(200, page('')) : reply(...given)),
  })
  try {
    for (const [number, ends, ...answer] of [
      [1, 'whole', 200, page('')],
      [1, 'whole', 200, goesOn('false')],
      [2, 'whole', 200, goesOn('true')],
      ...['True', '1', 'yes', ' true '].map((truncated) => [1, 'not understood', 200, goesOn(truncated)]),
      [1, 'whole', 200, entry('<Size>7</Size><LastModified>2026-11-22T06:00:10.123Z</LastModified>')],
      [1, 'not understood', 200, entry('<Size>many</Size>')],
      [1, 'not understood', 200, entry('<LastModified>yesterday</LastModified>')],
      ...[200, 202, 299].flatMap((status) => [html, '', '<Other/>'].map((body) => [1, 'not understood', status, body])),
      [1, 'refused', 200, error],
      [1, 'refused', 403, html],
      [1, 'refused', 500, error],
    ]) {
      given = answer
      const { direct, sdk } = await recording.both((store) => listed(store, undefined, {}))
      const said = JSON.stringify(answer)
      for (const { outcome, requests } of [direct, sdk]) {
        assert.equal(requests.length, number, said)
        // The parsers have words of their own.
        const [, status] = /^the answer \(status (\d+)\) can't be understood: ./.exec(outcome.message) ?? []
        if (status) outcome.message = `${status}, not understood`
        if (ends === 'not understood') {
          assert.deepEqual([outcome.message, outcome.code], [`${answer[0]}, not understood`, 'ECONNRESET'], said)
        } else assert.equal(outcome.message === undefined, ends === 'whole', said)
      }
      assert.deepEqual(direct.outcome, sdk.outcome, said)
    }
  } finally {
    await recording.close()
  }
})

it('both wires know a refusal by its status, however much is said with it', bound, async () => {
  const page = `<html>${'x'.repeat(3_000_000)}</html>`
  let status
  const recording = await record({
    options: { endpoint: (port) => `http://127.0.0.1:${port}` },
    answer: ({ method }) => (method === 'HEAD' ? reply(200, '', { etag: '"e"' }) : reply(status, page)),
  })
  try {
    for (status of [400, 403, 404, 412, 503]) {
      for (const verb of ['getObject', 'createObject', 'deleteObject']) {
        const { direct, sdk } = await recording.both((store) => ask(store, verb))
        assert.deepEqual(direct.outcome, sdk.outcome, `${verb}, ${status}`)
        assert.equal(direct.requests.length, sdk.requests.length, `${verb}, ${status}`)
      }
      const { direct } = await recording.both((store) => ask(store, 'getObject'))
      assert.equal(direct.outcome.status, status)
    }
  } finally {
    await recording.close()
  }
})

it('an answer with more headers than are read is not asked for again', bound, async () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, number) => [`x-amz-meta-m${number}`, 'x']))
  const recording = await record({
    options: { endpoint: (port) => `http://127.0.0.1:${port}`, maxAttempts: 3 },
    answer: () => reply(200, '', { etag: '"e"', ...many }),
  })
  try {
    for (const { outcome, requests } of Object.values(await recording.both((store) => ask(store, 'getObject')))) {
      assert.deepEqual([outcome.code, requests.length], ['HPE_HEADER_OVERFLOW', 1])
      assert.match(outcome.message, /answered with more than 100 headers, or too long ones/)
    }
    // That a write has come to pass is not known then.
    for (const { outcome } of Object.values(await recording.both((store) => ask(store, 'createObject')))) {
      assert.equal(outcome.code, 'AMBIGUOUS_WRITE')
    }
  } finally {
    await recording.close()
  }
})

it('both wires leave a connection by which an error came that may be its machine’s', bound, async () => {
  let given
  const recording = await record({
    options: { endpoint: (port) => `http://127.0.0.1:${port}` },
    answer: () => given,
  })
  try {
    for (const [stays, ...answer] of [
      [false, 500, 'InternalError'],
      [false, 503, 'ServiceUnavailable'],
      [false, 400, 'RequestTimeout'],
      [true, 503, 'SlowDown'],
      [true, 501, 'NotImplemented'],
      [true, 403, 'AccessDenied'],
      [true, 404, 'NoSuchKey'],
    ]) {
      given = failed(...answer)
      for (const verb of ['getObject', 'deleteObject']) {
        const twice = async (store) => {
          await ask(store, verb).catch(() => {})
          return ask(store, verb)
        }
        for (const [wire, { requests }] of Object.entries(await recording.both(twice))) {
          const [first, second] = requests
          assert.equal(first.connection === second.connection, stays, `${wire}, ${verb}: ${answer}`)
        }
      }
    }
  } finally {
    await recording.close()
  }
})

const traceId = '_X_AMZN_TRACE_ID'

it('both wires name the invocation of the Lambda function that they are in', bound, async () => {
  process.env.AWS_LAMBDA_FUNCTION_NAME = 'function'
  const recording = await record({ answer })
  try {
    for (const [id, sent] of [
      ['Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1', 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1'],
      ['odd\nä', 'odd%0A%C3%A4'],
    ]) {
      process.env[traceId] = id
      for (const verb of ['createObject', 'getObject', 'headObject', 'deleteObject']) {
        const seen = await recording.both((store) => ask(store, verb))
        compare(verb, seen, { isSigned: true })
        for (const { requests } of Object.values(seen)) {
          const [{ headers, signature }] = requests
          assert.equal(headers['x-amzn-trace-id'], sent)
          assert.ok(!signature.signed.includes('x-amzn-trace-id'))
        }
      }
    }
  } finally {
    delete process.env.AWS_LAMBDA_FUNCTION_NAME
    delete process.env[traceId]
    await recording.close()
  }
})

it('the direct wire is what a store has that asks for none', bound, async () => {
  const recorder = await Recorder.start({ certificates, credentials: keys, answer })
  try {
    const endpoint = `http://127.0.0.1:${recorder.port}`
    const store = createS3Store('bucket', { region, credentials: keys, conditions: 'trust', endpoint })
    await ask(store, 'getObject')
    await ask(store, 'createObject')
    assert.deepEqual(
      recorder.requests.map(({ headers }) => headers['user-agent'].split('/')[0]),
      ['s3-store-native', 's3-store-native'],
    )
  } finally {
    await recorder.close()
  }
})

it('requests to a directory bucket are those of a session', bound, async () => {
  const recording = await record({ bucket: directory, answer })
  try {
    for (const { requests } of Object.values(await recording.both((store) => ask(store, 'createObject')))) {
      const [first, second] = requests
      assert.equal(requests.length, 2)
      assert.deepEqual([first.method, first.path, first.query], ['GET', '/', 'session'])
      assert.equal(first.headers['x-amz-s3session-token'], undefined)
      for (const { authority, signature } of requests) {
        assert.equal(authority, `${directory}.s3express-euw1-az1.eu-west-1.amazonaws.com:443`)
        assert.equal(signature.service, 's3express')
        assert.ok(signature.holds)
      }
      assert.deepEqual([second.method, second.path], ['PUT', '/key'])
      assert.equal(second.headers['x-amz-s3session-token'], 'of-the-session')
      assert.equal(second.headers['if-none-match'], '*')
    }
  } finally {
    await recording.close()
  }
})

it('AWS is sent checksums and asked for them without being told', bound, async () => {
  const variables = ['AWS_REQUEST_CHECKSUM_CALCULATION', 'AWS_RESPONSE_CHECKSUM_VALIDATION']
  for (const { name, checksum, variable, sent, mode } of [
    { name: 'as it is', sent: 'rosUhgp5mIg=', mode: 'ENABLED' },
    { name: 'off', checksum: false },
    ...variables.map((variable) => ({ name: `off by ${variable}`, variable })),
  ]) {
    if (variable) process.env[variable] = 'WHEN_REQUIRED'
    const recording = await record({ answer, options: { checksum } })
    try {
      const writes = await recording.both((store) => store.createObject('key', '123456789'))
      const reads = await recording.both((store) => ask(store, 'getObject'))
      for (const wire of ['direct', 'sdk']) {
        assert.equal(writes[wire].requests[0].headers['x-amz-checksum-crc64nvme'], sent, name)
        assert.equal(reads[wire].requests[0].headers['x-amz-checksum-mode'], mode, name)
      }
    } finally {
      await recording.close()
      if (variable) delete process.env[variable]
    }
  }
})

it('what AWS is sent without being told is nobody’s fault', bound, async () => {
  const recording = await record({ answer: () => failed(501, 'NotImplemented') })
  try {
    for (const verb of ['createObject', 'putObjectIfMatch', 'getObjectIfMatch']) {
      for (const { outcome } of Object.values(await recording.both((store) => ask(store, verb)))) {
        assert.equal(outcome.code, 'UNSUPPORTED_OPERATION', verb)
      }
    }
  } finally {
    await recording.close()
  }
})

it('the direct wire writes keys of white space, which the SDK’s client takes for none', bound, async () => {
  const recording = await record({ answer: () => written('"e"') })
  try {
    const { direct, sdk } = await recording.both((store) => store.createObject(' ', 'body'))
    assert.equal(direct.outcome.etag, '"e"')
    assert.equal(direct.requests[0].path, '/%20')
    assert.match(sdk.outcome.message, /key was missing/, 'the SDK’s client takes it now, too')
  } finally {
    await recording.close()
  }
})

it('the direct wire gets through headers that the SDK’s client stumbles over', bound, async () => {
  const odd = { etag: '"e"', 'x-amz-meta-place': 'caf\u00e9', 'last-modified': 'yesterday' }
  const recording = await record({ answer: () => reply(200, 'body', odd) })
  try {
    const { direct, sdk } = await recording.both((store) => ask(store, 'getObject'))
    assert.equal(direct.outcome.text, 'body')
    assert.deepEqual(direct.outcome.response, { ETag: '"e"', Metadata: { place: 'caf\u00e9' } })
    assert.equal(sdk.outcome.text, undefined, 'the SDK’s client reads it now, too: compare it above')
  } finally {
    await recording.close()
  }
})

/** Calls a verb, and reads what it gives. */
async function ask(store, verb) {
  const others = {
    createObject: ['key', 'body'],
    putObjectIfMatch: ['key', 'body', '"e"'],
    getObject: ['key'],
    deleteObject: ['key'],
    headObject: ['key'],
  }
  const result = await store[verb](...(others[verb] ?? ['key', '"e"']))
  return { etag: result.etag, response: result.response, text: await result.asString?.() }
}

const codes = [
  'PreconditionFailed',
  'ConditionalRequestConflict',
  'NoSuchKey',
  'NoSuchBucket',
  'AccessDenied',
  'SlowDown',
  'InternalError',
  'NotImplemented',
  'PermanentRedirect',
  'RequestTimeout',
  'Unheard&#79;f',
]
const statuses = [
  200, 200, 201, 202, 204, 206, 301, 307, 400, 403, 404, 408, 409, 412, 416, 429, 499, 500, 501, 503, 520,
]

/** Status, body and headers, drawn at random. */
function anAnswer(random) {
  const document = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${pick(random, codes)}</Code><Message>m &amp; n</Message></Error>`
  const cut = Math.floor(random() * document.length)
  const status = pick(random, statuses)
  const body = pick(random, [
    '',
    document,
    document,
    `   \n${document}\n`,
    document.replace(/Error>/g, 'Other>'),
    document.slice(0, cut),
    document.slice(cut),
    document.slice(0, cut) + pick(random, ['<', '&', '</Code>', '<a>', '\0', '😀']) + document.slice(cut),
    '<html><body><h1>502 Bad Gateway</h1></body></html>',
    Buffer.from(Array.from({ length: 50 }, () => Math.floor(random() * 256))),
  ])
  const headers = {
    ...(random() < 0.7 && { etag: pick(random, ['"e"', 'e', 'W/"e"', '"other"', '']) }),
    ...(random() < 0.3 && { 'x-amz-bucket-region': pick(random, [region, 'us-west-2']) }),
    ...(random() < 0.3 && { 'x-amz-version-id': 'v' }),
    ...(random() < 0.3 && { 'last-modified': 'Wed, 12 Oct 2022 17:50:00 GMT' }),
    ...(random() < 0.2 && { 'x-amz-meta-a': 'b' }),
    ...(status === 204 ? undefined : { 'content-length': Buffer.byteLength(body) }),
  }
  return [status, status === 204 ? '' : body, headers]
}

/** What a call came to, without what differs from call to call. */
function describeResult({ etag, text, response: { $metadata, ...response } }) {
  delete response.Body
  delete response.writeId
  return { etag, text, response, status: $metadata.httpStatusCode }
}
const describeError = ({ name, code, message, $metadata }) => ({
  name,
  code,
  message,
  status: $metadata?.httpStatusCode,
})

/** All of a listing, as the result of a call. */
async function listed(store, prefix, options) {
  const pages = []
  for await (const page of store.list(prefix, options)) pages.push([...page, ...page.commonPrefixes])
  return { text: JSON.stringify(pages), response: { $metadata: {} } }
}

/** Names the client, and what is new with each request. */
const own = new Set(['authorization', 'x-amz-date', 'amz-sdk-invocation-id', 'user-agent', 'x-amz-user-agent'])
const writeId = 'x-amz-meta-s3-store-write-id'

function compare(name, seen, { always, isSigned }) {
  assert.deepEqual(seen.direct.outcome, seen.sdk.outcome, name)
  assert.notEqual(seen.sdk.requests.length, 0, `${name}: nothing arrived`)
  assert.deepEqual(seen.direct.requests.map(comparable), seen.sdk.requests.map(comparable), name)
  for (const [wire, { requests }] of Object.entries(seen)) {
    for (const request of requests) {
      if (isSigned) {
        assert.ok(request.signature?.holds, `${name}: the signature of the ${wire} wire`)
        assert.ok(request.hashHolds, `${name}: the payload's hash of the ${wire} wire`)
      } else {
        assert.deepEqual(ofSignatures(request), [], `${name}: signed by the ${wire} wire`)
      }
      assert.match(
        request.headers['amz-sdk-invocation-id'],
        /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
      )
      if (writeId in request.headers) assert.match(request.headers[writeId], /^[\w-]{22,32}$/)
      const isSdks = request.query.includes('versions') || request.method === 'POST'
      const isDirect = wire === 'direct' && !always && !isSdks
      assert.match(
        request.headers['user-agent'],
        isDirect ? /^s3-store-native\/\d+\.\d+\.\d+ .*lang\/rust/ : /^aws-sdk-rust.* app\/s3-store-native( |$)/,
        name,
      )
    }
  }
}

/** The headers that only a request with a signature has. */
const ofSignatures = ({ headers }) =>
  Object.keys(headers).filter((name) => /^(authorization|x-amz-(date|content-sha256|security-token))$/.test(name))

/** A request without what differs from one to the next. */
function comparable({ authority, method, path, query, headers, body, signature }) {
  const others = Object.entries(headers).filter(([name]) => !own.has(name) && name !== writeId && name !== ':path')
  return {
    authority,
    method,
    path,
    // The order means nothing, and is another one in the SDK's client.
    query: query.split('&').toSorted(),
    headers: Object.fromEntries(others.toSorted()),
    hasWriteId: writeId in headers,
    body: body.toString('base64'),
    signed: signature && {
      region: signature.region,
      service: signature.service,
      signed: signature.signed.filter((name) => !own.has(name)),
    },
  }
}

/** Calls of every verb, drawn at random. */
function* calls(random, exposed) {
  for (let round = 0; round < ROUNDS; round += 1) {
    const key = aKey(random)
    const etag = anEtag(random)
    const body = aBody(random)
    const options = { contentType: pick(random, ['text/plain', 'application/json; charset=utf-8', 'a/b;  c="d  e"']) }
    if (random() < 0.7) options.metadata = someMetadata(random)
    if (random() < 0.3) options.recovery = false
    Object.assign(options, some(random, writeExtras))
    const access = some(random, accessExtras)
    // Not sent there: see below.
    if (exposed) for (const given of [options, access]) delete given.sseCustomerKey
    const prefix = pick(random, [key, 'a/b c+'])
    const listing = some(random, { ...listExtras, startAfter: [key] })
    const read = { ...access, ...some(random, readExtras) }
    const changes = pick(random, [{ ifNoneMatch: etag }, { ifModifiedSince: new Date(Math.floor(random() * 2e12)) }])
    const verbs = {
      createObject: (store) => store.createObject(key, body, options),
      putObjectIfMatch: (store) => store.putObjectIfMatch(key, body, etag, options),
      getObject: (store) => store.getObject(key),
      'getObject with options': (store) => store.getObject(key, read),
      'getObject of changes': (store) => store.getObject(key, { ...access, ...changes }),
      getObjectIfMatch: (store) => store.getObjectIfMatch(key, etag),
      'getObjectIfMatch with options': (store) => store.getObjectIfMatch(key, etag, read),
      headObject: (store) => store.headObject(key),
      'headObject with options': (store) => store.headObject(key, { ...access, ...changes, versionId: 'a/b+c=' }),
      deleteObject: (store) => store.deleteObject(key),
      'deleteObject of a version': (store) =>
        store.deleteObject(key, { versionId: 'a/b+c=', bypassGovernanceRetention: true, requestPayer: 'requester' }),
      deleteObjectIfMatch: (store) => store.deleteObjectIfMatch(key, etag),
      list: (store) => listed(store, undefined, {}),
      'list with options': (store) => listed(store, prefix, listing),
      // Read back, and looked for among the versions.
      'createObject of what is there': (store) => store.createObject(under('there', key), body, options),
      ...(round === 0 && {
        'getObject that resumes': async (store) => {
          const got = await store.getObject(under('long', key))
          await got.asByteArray()
          return got
        },
        'createObject in parts': (store) => store.createObject(key, inParts, { ...options, partSize, concurrency: 1 }),
      }),
    }
    for (const [verb, run] of Object.entries(verbs)) {
      yield { name: `${verb}, ${JSON.stringify({ key, etag, options, bytes: body.length })}`, run }
    }
  }
}

/** Options, and what they can be given as: of each call some. */
const writeExtras = {
  cacheControl: ['no-store', 'max-age=1,  public'],
  contentDisposition: ['attachment; filename="a  b.txt"'],
  contentEncoding: ['gzip'],
  contentLanguage: ['de-AT'],
  expires: [new Date(2e12), new Date(0)],
  storageClass: ['STANDARD_IA'],
  checksum: ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'],
  tagging: [{ a: 'b c+d&e=f/ä😀', 'x y': '' }],
  websiteRedirectLocation: ['/elsewhere?a=b'],
  serverSideEncryption: ['AES256', 'aws:kms'],
  sseKmsKeyId: ['arn:aws:kms:eu-west-1:123456789012:key/k'],
  sseKmsEncryptionContext: [{ who: 'ä' }],
  bucketKeyEnabled: [true, false],
  objectLockMode: ['GOVERNANCE'],
  objectLockRetainUntilDate: [new Date(2e12 + 123)],
  objectLockLegalHoldStatus: ['ON'],
  expectedBucketOwner: ['123456789012'],
  requestPayer: ['requester'],
  sseCustomerKey: [Buffer.alloc(32, 7)],
}
const accessExtras = {
  expectedBucketOwner: ['123456789012'],
  requestPayer: ['requester'],
  sseCustomerKey: [Buffer.alloc(32, 8)],
}
const readExtras = {
  range: ['bytes=1-3', { start: 2 }, 'bytes=0-0'],
  versionId: ['a/b+c=~1', 'plain'],
  responseCacheControl: ['no-store, max-age=0'],
  responseContentDisposition: ['attachment; filename="a b+c&d.txt"'],
  responseContentType: ['text/html; charset=utf-8'],
  checksumMode: ['ENABLED'],
  responseExpires: [new Date(2e12)],
}

const listExtras = { delimiter: ['/', ' +'], pageSize: [1, 1000], requestPayer: ['requester'] }

/** Some of them, each as one of what it can be. */
function some(random, extras) {
  const chosen = Object.entries(extras).filter(() => random() < 0.3)
  return Object.fromEntries(chosen.map(([name, values]) => [name, pick(random, values)]))
}

const under = (folder, key) => `${folder}/${Buffer.byteLength(key) > 1000 ? 'key' : key}`

const characters = [
  ...'abcXYZ019-_.~/ !"#$%&\'()*+,:;<=>?@[\\]^`{|}',
  '\t',
  'ä',
  'ß',
  '€',
  '日',
  '😀',
  '\u007f',
  '\u0085',
]

function aKey(random) {
  if (random() < 0.3) return pick(random, oddKeys)
  const key = Array.from({ length: 1 + Math.floor(random() * 40) }, () => pick(random, characters)).join('')
  // The SDK's client takes a key of nothing but white space for none.
  return /^[\s\u0085]*$/.test(key) ? 'key' : key
}

function anEtag(random) {
  const inside = Array.from({ length: 1 + Math.floor(random() * 40) }, () =>
    pick(random, [..."abcdef0123456789-!#$%&'()*+./:;<=>?@[]^_`{|}~"]),
  )
  return `"e${inside.join('')}"`
}

function aBody(random) {
  const length = random() < 0.05 ? 300_000 : pick(random, [0, 1, 10, 1000])
  return Buffer.from(Array.from({ length: Math.min(length, 1000) }, () => Math.floor(random() * 256)))
    .toString('latin1')
    .padEnd(length, '.')
}

function someMetadata(random) {
  const names = ['owner', 'Two-Words', 'x', 'a.b', 'under_score', '0']
  return Object.fromEntries(
    names
      .filter(() => random() < 0.4)
      .map((name) => [
        name,
        pick(random, ['v', 'with spaces', 'two  spaces,   three', '!#$%&~', 'a,b;c="d"', '='.repeat(300)]),
      ]),
  )
}

/** As S3 might: objects under `there/` are another writer's, in a bucket with versions. */
function answer({ method, path, query, headers }) {
  if (query === 'session') return session()
  if (query.includes('list-type=2')) return listingPage(new URLSearchParams(query).get('continuation-token'))
  if (query.includes('versions')) return versions(new URLSearchParams(query).get('prefix'))
  const stamped = { etag: '"e"', date: new Date().toUTCString(), 'last-modified': 'Wed, 12 Oct 2022 17:50:00 GMT' }
  const isUnder = (folder) => path.includes(`/${folder}/`)
  if (method === 'POST') return uploadAnswer(query)
  if (method === 'PUT') return isUnder('there') ? failed(500, 'InternalError') : written('"e"', stamped)
  if (method === 'DELETE') return deleted(stamped)
  if (method === 'HEAD') return reply(200, '', { ...stamped, 'x-amz-version-id': 'newest', 'content-length': 5 })
  if (isUnder('long') && !headers.range) return truncated(long, 600_000)
  return object(isUnder('long') ? long : 'hello', isUnder('long') ? {} : { etag: headers['if-match'] ?? '"e"' })
}

const long = Buffer.alloc(700_000, 'long ')

/** Credentials for a directory bucket, of which only the token is another one. */
function session() {
  const { accessKeyId, secretAccessKey } = keys
  const credentials = `<SessionToken>of-the-session</SessionToken><SecretAccessKey>${secretAccessKey}</SecretAccessKey><AccessKeyId>${accessKeyId}</AccessKeyId><Expiration>2099-01-01T00:00:00Z</Expiration>`
  return reply(200, `<CreateSessionResult><Credentials>${credentials}</Credentials></CreateSessionResult>`, {
    'content-type': 'application/xml',
  })
}
const partSize = 5 * 1024 * 1024
const inParts = new Blob([Buffer.alloc(partSize + 5, 'part ')])

/** To the beginning of an upload in parts, and to its end. */
function uploadAnswer(query) {
  const isBegun = !query.includes('uploadId=')
  const body = isBegun
    ? '<InitiateMultipartUploadResult><UploadId>a+b/c= d~é</UploadId></InitiateMultipartUploadResult>'
    : '<CompleteMultipartUploadResult><ETag>&quot;e-2&quot;</ETag></CompleteMultipartUploadResult>'
  return reply(200, body, { 'content-type': 'application/xml' })
}

/** Two pages, of which the first goes on with a token that is not easily written in a query. */
function listingPage(token) {
  const next = token ? '' : '<NextContinuationToken>a+b/c= d&amp;e</NextContinuationToken>'
  const object = `<Contents><Key>k%20${token ? 2 : 1}+%F0%9F%98%80</Key><ETag>&quot;e&quot;</ETag><Size>5</Size><LastModified>2026-11-22T06:00:10.123Z</LastModified></Contents>`
  const common = '<CommonPrefixes><Prefix>a%2Fb+c%2F</Prefix></CommonPrefixes>'
  return reply(
    200,
    `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${!token}</IsTruncated>${next}${object}${common}</ListBucketResult>`,
    { 'content-type': 'application/xml' },
  )
}

function versions(prefix) {
  const version = (id) =>
    `<Version><Key>${encodeURIComponent(prefix)}</Key><VersionId>${id}</VersionId><LastModified>2099-01-01T00:00:00.000Z</LastModified></Version>`
  const list = ['a+b/c=~1', 'plain'].map(version).join('')
  return reply(200, `<ListVersionsResult><EncodingType>url</EncodingType>${list}</ListVersionsResult>`, {
    'content-type': 'application/xml',
  })
}
