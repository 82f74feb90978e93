'use strict'

// The options of createS3Store: a closed list, each checked once, when the store is made.

const { describe, invalidType, invalidValue, outOfRange, refuseUnknown } = require('./argument-errors.cjs')
const { checkedBoolean, checkedInteger } = require('./checked.cjs')
const { checkedAlgorithm } = require('./checksums.cjs')
const { CredentialsSource, readCredentials } = require('./native/credentials.cjs')
const { readCa, readProxy, readWebUrl } = require('./network-options.cjs')
const { isWellFormed } = require('./text.cjs')

/** @typedef {import('../index.cjs').S3StoreOptions} S3StoreOptions */

// Where requests go and who signs them: the client's business where there is one.
const CONNECTION = [
  'region',
  'endpoint',
  'credentials',
  'profile',
  'forcePathStyle',
  'useFipsEndpoint',
  'useDualstackEndpoint',
  'useAccelerateEndpoint',
  'ca',
  'dangerouslySkipTlsVerification',
  'proxy',
]
// What can't go together, most of it as S3's endpoint rules have it:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
const CONTRADICTORY = /** @type {const} */ ([
  ['useFipsEndpoint', 'endpoint'],
  ['useDualstackEndpoint', 'endpoint'],
  ['useAccelerateEndpoint', 'endpoint'],
  ['useAccelerateEndpoint', 'useFipsEndpoint'],
  ['useAccelerateEndpoint', 'forcePathStyle'],
  ['dangerouslySkipTlsVerification', 'ca'],
])
const LIMITS = ['maxAttempts', 'connectionTimeout', 'requestTimeout', 'timeout', 'maxConnections']
// What conditional writes and reads promise, and at what price.
const TRUTH = ['recovery', 'readBack', 'conditions', 'verifyPrefix', 'checksum']
const KNOWN = new Set(['client', 'engine', 'wire', ...CONNECTION, ...LIMITS, ...TRUTH])

// A key takes 1,024 bytes; the store's own keys below the prefix have 39 more.
const MAX_VERIFY_PREFIX_BYTES = 1024 - 39

const MAX_BUCKET_LENGTH = 255
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html; what S3 takes for a bucket is an access point, a
// multi-region one (without a region) and one on Outposts.
const ARN = /^arn:[^:]+:s3[a-z-]*:[^:]*:[^:]+:(?:accesspoint|outpost)[:/]./

/**
 * What any store needs: a name.
 * @param {unknown} bucket
 * @returns {asserts bucket is string}
 */
function checkBucket(bucket) {
  if (typeof bucket !== 'string') throw invalidType('bucket', 'a string', bucket)
  if (bucket === '') throw invalidValue('bucket', 'must not be empty')
}

/**
 * What a native store needs: a name that can't be taken for something else in a URL. S3 has more rules, and says so itself.
 * @param {string} bucket
 */
function checkNativeBucket(bucket) {
  if (bucket.length > MAX_BUCKET_LENGTH) {
    throw outOfRange('bucket', `at most ${MAX_BUCKET_LENGTH} characters long`, bucket.length)
  }
  // eslint-disable-next-line no-control-regex
  if (/[\s\u0000-\u001f\u007f-\u009f]/.test(bucket)) {
    throw invalidValue('bucket', `must not contain whitespace or control characters, got ${describe(bucket)}`)
  }
  if (!isWellFormed(bucket)) {
    throw invalidValue('bucket', `must be well-formed Unicode, got a lone surrogate in ${describe(bucket)}`)
  }
  if (bucket.startsWith('arn:')) {
    if (ARN.test(bucket)) return
    throw invalidValue('bucket', `must be a name, or the ARN of an access point, got ${describe(bucket)}`)
  }
  if (bucket.includes('/')) {
    throw invalidValue('bucket', `must not contain a slash, got ${describe(bucket)}`)
  }
}

/**
 * @param {unknown} given
 * @returns {{ client: any, engine: 'native' | 'client' | undefined, connection: Partial<ReturnType<typeof readConnection>>, behaviour: { checksum?: string | false } }}
 */
function readOptions(given) {
  if (given === undefined) return { client: undefined, engine: undefined, connection: {}, behaviour: {} }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidType('options', 'an object', given)
  refuseUnknown('options', given, KNOWN)
  const options = /** @type {S3StoreOptions & Record<string, unknown>} */ (given)
  const { client, engine } = options
  if (client !== undefined) checkClient(client, options)
  if (engine !== undefined && engine !== 'native' && engine !== 'client') {
    throw invalidValue('options.engine', `must be 'native' or 'client', got ${describe(engine)}`)
  }
  const wire = readChoice('wire', options.wire, 'direct', 'sdk')
  const behaviour = { ...readLimits(options), ...readTruth(options), wire }
  return { client, engine, connection: readConnection(options), behaviour }
}

/**
 * @param {any} client
 * @param {Record<string, unknown>} options
 */
function checkClient(client, options) {
  if (
    (typeof client !== 'object' && typeof client !== 'function') ||
    client === null ||
    typeof client.send !== 'function'
  ) {
    throw invalidType('options.client', 'an S3Client, or an object with a send function', client)
  }
  for (const name of CONNECTION) {
    if (options[name] !== undefined) {
      throw invalidValue(`options.${name}`, 'must not be given beside client, which has a setting of its own')
    }
  }
}

/** @param {S3StoreOptions} options */
function readConnection(options) {
  const { region, endpoint, credentials, profile } = options
  const connection = {
    region: region === undefined ? undefined : readRegion(region),
    endpoint: endpoint === undefined ? undefined : readEndpoint(endpoint),
    credentials: readCredentialsOption(credentials),
    profile: profile === undefined ? undefined : readName(profile, 'options.profile'),
    forcePathStyle: checkedBoolean('options.forcePathStyle', options.forcePathStyle),
    useFipsEndpoint: checkedBoolean('options.useFipsEndpoint', options.useFipsEndpoint),
    useDualstackEndpoint: checkedBoolean('options.useDualstackEndpoint', options.useDualstackEndpoint),
    useAccelerateEndpoint: checkedBoolean('options.useAccelerateEndpoint', options.useAccelerateEndpoint),
    ca: readCa(options.ca),
    dangerouslySkipTlsVerification: checkedBoolean(
      'options.dangerouslySkipTlsVerification',
      options.dangerouslySkipTlsVerification,
    ),
    proxy: readProxy(options.proxy),
  }
  for (const [one, other] of CONTRADICTORY) {
    if (connection[one] && connection[other]) {
      throw invalidValue(`options.${one}`, `can't be had together with options.${other}`)
    }
  }
  return connection
}

/** @param {S3StoreOptions['credentials']} credentials */
function readCredentialsOption(credentials) {
  if (credentials === undefined) return undefined
  if (credentials === 'anonymous') return credentials
  if (typeof credentials === 'function') return new CredentialsSource(credentials)
  const expected = "an object with accessKeyId and secretAccessKey, a function that provides one, or 'anonymous'"
  return readCredentials(credentials, 'options.credentials', expected)
}

/** @param {Record<string, unknown>} options */
function readLimits(options) {
  /** @type {Record<string, number>} */
  const limits = {}
  for (const name of LIMITS) {
    const value = checkedInteger(`options.${name}`, options[name], 1)
    if (value !== undefined) limits[name] = value
  }
  return limits
}

/** @param {S3StoreOptions} options */
function readTruth({ recovery, readBack, conditions, verifyPrefix, checksum }) {
  return {
    recovery: checkedBoolean('options.recovery', recovery),
    readBack: readChoice('readBack', readBack, 'always', 'ambiguous'),
    conditions: readChoice('conditions', conditions, 'verify', 'trust'),
    verifyPrefix: readVerifyPrefix(verifyPrefix),
    checksum:
      checksum === undefined || checksum === false
        ? checksum
        : checkedAlgorithm('options.checksum', checksum, ', or false'),
  }
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {string} one
 * @param {string} other
 */
function readChoice(name, value, one, other) {
  if (value === undefined || value === one || value === other) return value
  throw invalidValue(`options.${name}`, `must be '${one}' or '${other}', got ${describe(value)}`)
}

/** @param {unknown} prefix */
function readVerifyPrefix(prefix) {
  if (prefix === undefined) return undefined
  const argument = 'options.verifyPrefix'
  if (typeof prefix !== 'string') throw invalidType(argument, 'a string', prefix)
  if (prefix === '') throw invalidValue(argument, 'must not be empty')
  if (!isWellFormed(prefix)) throw invalidValue(argument, `must be well-formed Unicode, got ${describe(prefix)}`)
  const bytes = Buffer.byteLength(prefix)
  if (bytes > MAX_VERIFY_PREFIX_BYTES) {
    throw outOfRange(argument, `at most ${MAX_VERIFY_PREFIX_BYTES} bytes of UTF-8`, `${bytes} bytes`)
  }
  return prefix
}

/**
 * @param {unknown} name
 * @param {string} argument
 */
function readName(name, argument) {
  if (typeof name !== 'string') throw invalidType(argument, 'a string', name)
  if (name.trim() === '') throw invalidValue(argument, 'must not be empty')
  if (!isWellFormed(name)) throw invalidValue(argument, 'must be well-formed Unicode, without a lone surrogate')
  return name
}

/** @param {unknown} region it becomes part of a header */
function readRegion(region) {
  const name = readName(region, 'options.region')
  if (!/^[!-~]+$/.test(name)) throw invalidValue('options.region', `must be visible ASCII, got ${describe(name)}`)
  return name
}

/** @param {unknown} endpoint */
function readEndpoint(endpoint) {
  const argument = 'options.endpoint'
  const url = readWebUrl(endpoint, argument, 'a URL or a string', 'http://127.0.0.1:9000')
  if (url.username || url.password) {
    throw invalidValue(argument, 'must not contain credentials: give options.credentials')
  }
  return url.pathname === '/' ? url.origin : `${url.origin}${url.pathname}`
}

module.exports = { checkBucket, checkNativeBucket, readOptions }
