'use strict'

// The configuration of an S3Client as options of a native store.

const { CredentialsSource } = require('../native/credentials.cjs')
const { MAX_INTEGER } = require('../checked.cjs')
const { valueOf } = require('./sdk-client.cjs')

/** @typedef {import('./sdk-client.cjs').SdkClient} SdkClient */
/** @typedef {import('../native/engine.cjs').NativeOptions} NativeOptions */

// What the SDK's agents have unless told otherwise. It can't be told from a client that was told the same.
const SDK_MAX_SOCKETS = 50

/**
 * @param {SdkClient} client
 * @returns {Promise<NativeOptions>}
 */
async function readSettings({ config }) {
  const [region, endpoint, maxAttempts, useFipsEndpoint, useDualstackEndpoint, useAccelerateEndpoint] =
    await Promise.all([
      config.region(),
      readEndpoint(config),
      config.maxAttempts(),
      valueOf(config.useFipsEndpoint),
      valueOf(config.useDualstackEndpoint),
      valueOf(config.useAccelerateEndpoint),
    ])
  return {
    region,
    endpoint,
    maxAttempts: positive(maxAttempts),
    credentials: new CredentialsSource(() => config.credentials()),
    // The client's false is its default, not a decision: S3 by an IP address needs path style either way.
    forcePathStyle: (await valueOf(config.forcePathStyle)) === true ? true : undefined,
    useFipsEndpoint: useFipsEndpoint === true,
    useDualstackEndpoint: useDualstackEndpoint === true,
    useAccelerateEndpoint: useAccelerateEndpoint === true,
    checksum: await readChecksum(config),
    ...(await readHandler(config.requestHandler)),
    // The client has read the environment and the profile already, and goes through no proxy: without a home, the
    // native store reads no file either.
    environment: {},
  }
}

/**
 * The client has two settings, for what is sent and for what is read, and the store one.
 * @param {any} config
 * @returns {Promise<false | undefined>}
 */
async function readChecksum({ requestChecksumCalculation, responseChecksumValidation }) {
  const wanted = [await valueOf(requestChecksumCalculation), await valueOf(responseChecksumValidation)]
  return wanted.includes('WHEN_REQUIRED') ? false : undefined
}

/**
 * @param {any} config
 * @returns {Promise<string | undefined>}
 */
async function readEndpoint(config) {
  if (config.isCustomEndpoint && config.endpoint) return toUrl(await config.endpoint())
  if (config.ignoreConfiguredEndpointUrls) return undefined
  // `config.endpoint` has this one only after the client's first request.
  return toUrl(await config.serviceConfiguredEndpoint?.())
}

/** @param {any} endpoint text, or the SDK's Endpoint of either generation */
function toUrl(endpoint) {
  if (endpoint === undefined || typeof endpoint === 'string') return endpoint
  if (endpoint.url !== undefined) return String(endpoint.url)
  const { protocol, hostname, port, path = '' } = endpoint
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`
}

/**
 * Timeouts and the limit of connections. The SDK's zero means none; a native store always has one.
 * @param {any} handler
 */
async function readHandler(handler) {
  const { connectionTimeout, requestTimeout, httpAgent, httpsAgent } =
    handler.config ?? (await handler.configProvider) ?? {}
  const limits = [httpAgent?.maxSockets, httpsAgent?.maxSockets]
  const maxConnections = limits.map(positive).find((limit) => limit !== undefined && limit !== SDK_MAX_SOCKETS)
  return {
    connectionTimeout: positive(connectionTimeout),
    requestTimeout: positive(requestTimeout),
    maxConnections,
  }
}

/**
 * A whole number that native code can take, or nothing: the SDK takes anything.
 * @param {any} limit
 * @returns {number | undefined}
 */
function positive(limit) {
  return Number.isFinite(limit) && limit > 0 ? Math.min(Math.ceil(limit), MAX_INTEGER) : undefined
}

module.exports = { readEndpoint, readSettings }
