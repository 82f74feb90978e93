'use strict'

// The commands that a delegated store sends. A client of the SDK gets the SDK's own, from its own copy of the SDK, because
// that is what middleware and mocks (`instanceof`) look at. Anything else with a `send` gets commands of the same names.

/** @typedef {new (input: any) => { input: any }} CommandClass */
/** @typedef {Record<(typeof NAMES)[number], CommandClass>} Commands */

const NAMES = /** @type {const} */ ([
  'PutObjectCommand',
  'GetObjectCommand',
  'HeadObjectCommand',
  'DeleteObjectCommand',
  'DeleteObjectsCommand',
  'ListObjectsV2Command',
  'ListObjectVersionsCommand',
  'GetObjectTaggingCommand',
  'PutObjectTaggingCommand',
])
const plainCommands = /** @type {Commands} */ (Object.fromEntries(NAMES.map((name) => [name, plainCommand(name)])))

/**
 * @param {keyof Commands} name
 * @returns {CommandClass}
 */
function plainCommand(name) {
  class PlainCommand {
    /** @param {any} input */
    constructor(input) {
      this.input = input
    }

    /**
     * The SDK's client calls this, so that an object whose `send` hands the command on to one works too.
     * @param {any[]} rest
     */
    resolveMiddleware(...rest) {
      const command = /** @type {any} */ (new (loadSdk()[name])(this.input))
      return command.resolveMiddleware(...rest)
    }
  }
  Object.defineProperty(PlainCommand, 'name', { value: name, configurable: true })
  return PlainCommand
}

/**
 * The commands of the SDK that the client's class comes from.
 * @param {object} client a client of the SDK
 * @returns {Commands}
 */
function sdkCommands(client) {
  const isClientsOwn = (/** @type {any} */ sdk) => typeof sdk?.S3Client === 'function' && client instanceof sdk.S3Client
  /** @type {any} */
  let sdk
  /** @type {unknown} */
  let missing
  try {
    sdk = loadSdk()
  } catch (error) {
    missing = error
  }
  if (isClientsOwn(sdk)) return sdk
  // Another copy is installed than the client's: that one has been loaded, too. Commands of one version mostly work with a
  // client of another, but not always.
  const loaded = Object.entries(require.cache ?? {}).filter(([path]) => path.includes('client-s3'))
  const own = loaded.map(([, module]) => module?.exports).find(isClientsOwn)
  if (own ?? sdk) return own ?? sdk
  throw missing
}

/** @returns {Commands} */
function loadSdk() {
  try {
    // Bundlers go on without a package that isn't installed only where the very call stands in a `try`.
    return require('@aws-sdk/client-s3')
  } catch (cause) {
    const message = 'calling S3 through this client needs @aws-sdk/client-s3: npm install @aws-sdk/client-s3'
    throw Object.assign(new Error(message, { cause }), { code: 'ERR_AWS_SDK_MISSING' })
  }
}

module.exports = { plainCommands, sdkCommands }
