// Which host is asked, seen by a proxy: nothing of this leaves the machine.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { object } from '../support/answers.mjs'
import { cleanEnvironment, resultOf } from '../support/child.mjs'
import { ScriptedServer } from '../support/scripted-server.mjs'

const bound = { timeout: 60_000 }
const keys = { AWS_ACCESS_KEY_ID: 'env-key', AWS_SECRET_ACCESS_KEY: 'env-secret' }

describe('the host that is asked', () => {
  let proxy
  let tunnels
  before(async () => {
    proxy = createServer()
    proxy.on('connect', (request, socket) => {
      tunnels.push(request.url)
      socket.on('error', () => {})
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    })
    await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  })
  beforeEach(() => {
    tunnels = []
  })
  after(() => proxy.close())

  /** The hosts for which a process asked the proxy, in calls of a store with these options. */
  async function asked(options, { bucket = 'bucket', ...variables } = {}) {
    const env = {
      ...cleanEnvironment(),
      ...keys,
      HTTPS_PROXY: `http://127.0.0.1:${proxy.address().port}`,
      ...variables,
    }
    const { errors } = await resultOf('errors.mjs', [JSON.stringify({ maxAttempts: 1, ...options }), bucket], { env })
    for (const error of errors) assert.notEqual(error.name, 'none')
    return [...new Set(tunnels)]
  }

  const region = 'eu-west-1'
  const expectations = [
    ['AWS’s, virtual-host style', {}, {}, 'bucket.s3.eu-west-1.amazonaws.com'],
    ['path style when forced', { forcePathStyle: true }, {}, 's3.eu-west-1.amazonaws.com'],
    ['dual-stack', { useDualstackEndpoint: true }, {}, 'bucket.s3.dualstack.eu-west-1.amazonaws.com'],
    ['FIPS', { useFipsEndpoint: true, region: 'us-east-2' }, {}, 'bucket.s3-fips.us-east-2.amazonaws.com'],
    ['accelerated', { useAccelerateEndpoint: true }, {}, 'bucket.s3-accelerate.amazonaws.com'],
    ['FIPS by the variable', {}, { AWS_USE_FIPS_ENDPOINT: 'true' }, 'bucket.s3-fips.eu-west-1.amazonaws.com'],
    [
      'dual-stack by the variable',
      {},
      { AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      'bucket.s3.dualstack.eu-west-1.amazonaws.com',
    ],
    [
      'what the options say, before the variables',
      { useFipsEndpoint: false, useDualstackEndpoint: false },
      { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      'bucket.s3.eu-west-1.amazonaws.com',
    ],
    ['path style for a bucket with dots', {}, { bucket: 'bucket.with.dots' }, 's3.eu-west-1.amazonaws.com'],
    [
      'an access point’s for its ARN',
      {},
      { bucket: 'arn:aws:s3:eu-west-1:123456789012:accesspoint/point' },
      'point-123456789012.s3-accesspoint.eu-west-1.amazonaws.com',
    ],
    [
      'a multi-region access point’s for its ARN',
      {},
      { bucket: 'arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap' },
      'mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com',
    ],
    [
      'a directory bucket’s for its name',
      {},
      { bucket: 'bucket--euw1-az1--x-s3' },
      'bucket--euw1-az1--x-s3.s3express-euw1-az1.eu-west-1.amazonaws.com',
    ],
    ['a custom one’s, virtual-host style', { endpoint: 'https://s3.example' }, {}, 'bucket.s3.example'],
    [
      'AWS’s when endpoint variables are to be ignored',
      {},
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      'bucket.s3.eu-west-1.amazonaws.com',
    ],
  ]
  for (const [name, options, variables, host] of expectations) {
    it(`is ${name}`, bound, async () => {
      assert.deepEqual(await asked({ region, ...options }, variables), [`${host}:443`])
    })
  }
})

describe('an adopted client that ignores configured endpoints', () => {
  it('goes to AWS, whatever the environment and the profile say', bound, async () => {
    const other = await ScriptedServer.start(object('not this one'))
    try {
      const env = { ...cleanEnvironment(), ...keys, AWS_ENDPOINT_URL: other.endpoint, AWS_REGION: 'nowhere-1' }
      const { engine, endpoint } = await resultOf('adopted-ignoring.mjs', [], { env })
      assert.deepEqual([engine, endpoint], ['native', 'https://bucket.s3.nowhere-1.amazonaws.com'])
      assert.equal(other.requests.length, 0)
    } finally {
      await other.close()
    }
  })
})

describe('a proxy for plain HTTP', () => {
  let proxy
  before(async () => {
    proxy = await ScriptedServer.start(object('through the proxy'))
  })
  beforeEach(() => proxy.answer(object('through the proxy')))
  after(() => proxy.close())

  const read = (endpoint, variables) => {
    const env = { ...cleanEnvironment(), ...keys, AWS_REGION: 'us-east-1', ...variables }
    return resultOf('read.mjs', [JSON.stringify({ endpoint })], { env })
  }

  for (const name of ['HTTP_PROXY', 'http_proxy']) {
    it(`of ${name} is asked for the whole address`, bound, async () => {
      const { text } = await read('http://s3.example:9000', { [name]: proxy.endpoint })
      assert.equal(text, 'through the proxy')
      const [request] = proxy.requests
      assert.equal(request.headers.host, 'bucket.s3.example:9000')
      assert.match(request.path, /^(http:\/\/bucket\.s3\.example:9000)?\/key$/)
    })
  }

  it('is passed by for a host in NO_PROXY', bound, async () => {
    const server = await ScriptedServer.start(object('direct'))
    try {
      const { text } = await read(server.endpoint, { HTTP_PROXY: proxy.endpoint, NO_PROXY: '127.0.0.1' })
      assert.equal(text, 'direct')
      assert.equal(proxy.requests.length, 0)
    } finally {
      await server.close()
    }
  })
})
