'use strict'

// What the process is set to, as far as the addon must know: it can't see `process.env` of a worker or of jest.

const { readFileSync, statSync } = require('node:fs')
const { homedir } = require('node:os')

const AWS_VARIABLES = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT',
  'AWS_S3_DISABLE_EXPRESS_SESSION_AUTH',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  // Whether there are any. What else is said of them only the operating system's environment tells native code.
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_EC2_METADATA_DISABLED',
]
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']

/** @returns {Record<string, string>} the variables that are set to something */
function readEnvironment() {
  /** @type {Record<string, string>} */
  const environment = {}
  for (const name of AWS_VARIABLES) {
    const value = process.env[name]
    if (value) environment[name] = value
  }
  for (const name of PROXY_VARIABLES) {
    // Lower case first, as curl has it.
    const value = process.env[name.toLowerCase()] || process.env[name]
    if (value) environment[name] = value
  }
  // Where the shared files are, unless a variable says otherwise.
  environment['HOME'] = process.env['HOME'] || process.env['USERPROFILE'] || homedir()
  return environment
}

/**
 * Whether nobody wants checksums but where S3 asks for them, as every SDK of AWS's reads it:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html
 */
function areChecksumsUnwanted() {
  const { AWS_REQUEST_CHECKSUM_CALCULATION: request, AWS_RESPONSE_CHECKSUM_VALIDATION: response } = process.env
  return [request, response].some((value) => value?.toLowerCase() === 'when_required')
}

/**
 * The certificates to trust beyond the system's. A store that speaks plain HTTP alone has no use for any, and one that is told
 * whom to trust trusts nobody else.
 * @param {{ endpoint?: string, proxy?: string | false, ca?: string }} options the store's
 * @param {() => boolean} systemHasRoots
 * @returns {{ extraCaCerts?: string, rootCaCerts?: string }}
 */
function readCertificates({ endpoint, proxy, ca }, systemHasRoots) {
  const isPlain = endpoint && /^http:/i.test(endpoint) && !(proxy && /^https:/i.test(proxy))
  if (ca !== undefined || isPlain) return {}
  const extraCaCerts = readExtraCertificates(process.env['NODE_EXTRA_CA_CERTS'])
  return {
    ...(extraCaCerts === undefined ? undefined : { extraCaCerts }),
    // Loaded only where it is needed: TLS of Node's own takes longer to load than all of this package.
    ...(systemHasRoots() ? undefined : { rootCaCerts: require('node:tls').rootCertificates.join('\n') }),
  }
}

// The file as it was read last: bundles are large, and a program may make many stores.
let lastRead = { version: '', text: '' }

/** @param {string | undefined} path */
function readExtraCertificates(path) {
  if (!path) return undefined
  try {
    const { ino, size, mtimeMs } = statSync(path)
    const version = [path, ino, size, mtimeMs].join(' ')
    if (lastRead.version !== version) lastRead = { version, text: readFileSync(path, 'utf8') }
    return lastRead.text
  } catch {
    // Node.js itself goes on without a file that it can't read, with a warning when the process starts.
    return undefined
  }
}

module.exports = { areChecksumsUnwanted, readEnvironment, readCertificates }
