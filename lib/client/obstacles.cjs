'use strict'

// What an S3Client may carry that native code can't: then the calls must go through the client.

const { readEndpoint } = require('./settings.cjs')
const { untouchedLike, valueOf } = require('./sdk-client.cjs')

/** @typedef {import('./sdk-client.cjs').SdkClient} SdkClient */

// Functions of the SDK's that a client has unless it was given others.
const REPLACEABLE = [
  'endpointProvider',
  'httpAuthSchemeProvider',
  'signerConstructor',
  'urlParser',
  'sha256',
  'sha1',
  'md5',
  'streamHasher',
  'bodyLengthChecker',
  'base64Encoder',
  'utf8Encoder',
  'sdkStreamMixin',
  'streamCollector',
  // The SDK makes this one for each client.
  'signer',
]
// Not among them: `customUserAgent` and its like, because what a request is called changes nothing for whoever makes it, and
// `systemClockOffset`, which the SDK itself sets; the native engine learns the server's time by itself, as the SDK does.
// Settings that change where or how a request goes, and that native code has no counterpart of.
const UNSUPPORTED = ['followRegionRedirects', 'bucketEndpoint', 'useGlobalEndpoint', 'disableMultiregionAccessPoints']
// What of a configuration findObstacles looks at and is likely to be changed after the client was made.
const WATCHED = [...REPLACEABLE, 'requestHandler', 'logger', 'signingEscapePath']
// Settings of an agent that say nothing about whom it trusts or where it connects.
const HARMLESS_AGENT_OPTIONS = new Set([
  'agentKeepAliveTimeoutBuffer',
  'defaultPort',
  'keepAlive',
  'keepAliveMsecs',
  'maxCachedSessions',
  'maxFreeSockets',
  'maxSockets',
  'maxTotalSockets',
  'noDelay',
  'path',
  'protocol',
  'scheduling',
  'sessionTimeout',
  'timeout',
])

/**
 * What can be seen at once.
 * @param {SdkClient} client
 * @returns {string[]} each thing that would be dropped, in words
 */
function findObstacles(client) {
  const { config } = client
  const like = untouchedLike(client)
  const obstacles = []
  const [own, usual] = [readMiddleware(client), readMiddleware(like)]
  const added = [...own].filter(([middleware]) => !usual.has(middleware)).map(([, name]) => name)
  if (added.length > 0) obstacles.push(`added middleware (${added.join(', ')})`)
  else if (own.size !== usual.size) obstacles.push('changed middleware')
  if (!isSdkHandler(config.requestHandler, like.config.requestHandler)) obstacles.push('its own requestHandler')
  for (const name of REPLACEABLE) {
    if (identity(config[name]) !== identity(like.config[name])) obstacles.push(`its own ${name}`)
  }
  if (isLogger(config.logger, like.config.logger)) obstacles.push('its own logger')
  if (config.signingEscapePath !== like.config.signingEscapePath) obstacles.push('signingEscapePath')
  if (schemes(config) !== schemes(like.config)) obstacles.push('its own httpAuthSchemes')
  for (const name of UNSUPPORTED) {
    if (config[name] === true) obstacles.push(name)
  }
  if (config.tls === false && !config.isCustomEndpoint) obstacles.push('tls: false')
  return obstacles
}

/**
 * What shows only once the client's configuration is resolved.
 * @param {SdkClient} client
 * @param {string} bucket
 * @returns {Promise<string[]>}
 */
async function findLateObstacles(client, bucket) {
  const { config } = client
  const obstacles = []
  const handler = config.requestHandler
  const { httpAgent, httpAgentProvider, httpsAgent } = handler.config ?? (await handler.configProvider) ?? {}
  for (const [name, agent] of Object.entries({ httpAgent: httpAgent ?? (await httpAgentProvider?.()), httpsAgent })) {
    if (agent && !isPlainAgent(agent)) obstacles.push(`its own ${name}`)
  }
  const [strategy, usual] = await Promise.all([
    config.retryStrategy?.(),
    untouchedLike(client).config.retryStrategy?.(),
  ])
  if (strategy?.mode !== 'adaptive' && strategy?.constructor !== usual?.constructor)
    obstacles.push('its own retryStrategy')
  // The client keeps them, and the native store doesn't.
  if (/[^:/]\/{2,}$/.test((await readEndpoint(config)) ?? ''))
    obstacles.push('an endpoint that ends in several slashes')
  if (bucket.startsWith('arn:') && (await valueOf(config.useArnRegion)) === true) obstacles.push('useArnRegion')
  return obstacles
}

/**
 * The SDK's handler for HTTP/1.1, of whichever copy. Its timeouts and agents can be read.
 * @param {any} handler
 * @param {any} usual
 */
function isSdkHandler(handler, usual) {
  const prototype = Object.getPrototypeOf(handler)
  const isSameClass = prototype === Object.getPrototypeOf(usual)
  const isOfAnotherCopy =
    prototype?.constructor?.name === 'NodeHttpHandler' && Object.getPrototypeOf(prototype) === Object.prototype
  return (isSameClass || isOfAnotherCopy) && !Object.hasOwn(handler, 'handle') && handler.configProvider !== undefined
}

/**
 * An agent of Node's own classes that trusts whom Node.js trusts and connects as Node.js does.
 * @param {any} agent
 */
function isPlainAgent(agent) {
  // Loaded by the SDK by now; a program without a client needs neither.
  const http = require('node:http')
  const https = require('node:https')
  const { prototype } = agent instanceof https.Agent ? https.Agent : http.Agent
  if (Object.getPrototypeOf(agent) !== prototype || Object.hasOwn(agent, 'createConnection')) return false
  return Object.entries(agent.options ?? {}).every(
    ([name, value]) =>
      value === undefined ||
      value === null ||
      HARMLESS_AGENT_OPTIONS.has(name) ||
      (name === 'rejectUnauthorized' && value === true),
  )
}

/**
 * The middleware by what tells it from others: one that replaces the SDK's bears its name, but is another function.
 * @param {SdkClient} client
 * @returns {Map<string, string>} its names
 */
function readMiddleware({ middlewareStack }) {
  /** @type {Map<string, string>} */
  const found = new Map()
  const add = (
    /** @type {unknown} */ middleware,
    /** @type {any} */ { name = 'anonymous', step, relation, toMiddleware },
  ) => {
    found.set([name, step ?? `${relation} ${toMiddleware}`, identity(middleware)].join(), name)
  }
  middlewareStack.applyToStack({ add, addRelativeTo: add })
  return found
}

/**
 * What is the same for a function that the SDK makes anew for each client. One that was bound has no text but its name.
 * @param {unknown} value
 */
function identity(value) {
  return typeof value === 'function' ? `${value.name} ${Function.prototype.toString.call(value)}` : value
}

/**
 * The SDK's own logs nothing.
 * @param {any} logger
 * @param {any} usual
 */
function isLogger(logger, usual) {
  return logger !== undefined && logger !== null && logger.constructor?.name !== usual?.constructor?.name
}

/** @param {any} config */
function schemes(config) {
  const all = config.httpAuthSchemes ?? []
  return all.map((/** @type {any} */ scheme) => `${scheme.schemeId} ${scheme.signer?.constructor}`).join()
}

module.exports = { WATCHED, findObstacles, findLateObstacles }
