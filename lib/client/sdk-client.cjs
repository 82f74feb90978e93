'use strict'

// What the JavaScript SDK's S3Client looks like from outside, whichever copy or realm it comes from.

/**
 * @typedef {object} MiddlewareRecorder
 * @property {(middleware: unknown, entry: any) => void} add
 * @property {(middleware: unknown, entry: any) => void} addRelativeTo
 */
/**
 * @typedef {object} SdkClient
 * @property {any} config
 * @property {{ applyToStack(stack: MiddlewareRecorder): void }} middlewareStack
 * @property {(command: any) => Promise<any>} send
 */

/**
 * @param {any} client
 * @returns {client is SdkClient}
 */
function isSdkClient(client) {
  const config = client?.config
  return (
    typeof client?.send === 'function' &&
    typeof client.middlewareStack?.applyToStack === 'function' &&
    typeof config?.region === 'function' &&
    typeof config.credentials === 'function' &&
    typeof config.endpointProvider === 'function' &&
    classOf(client) !== undefined
  )
}

/**
 * The SDK's own class and its `send`. `send` comes from the SDK's base class, the last of the prototypes that has it;
 * mocks put theirs further down, and a user's subclass is further down too.
 * @param {any} client
 * @returns {{ Class: new (config: object) => SdkClient, send: Function } | undefined}
 */
function classOf(client) {
  let found
  for (let at = client; at !== null; at = Object.getPrototypeOf(at)) {
    const parent = Object.getPrototypeOf(at)
    if (at !== client && parent !== null && Object.hasOwn(parent, 'send') && typeof at.constructor === 'function') {
      found = { Class: at.constructor, send: parent.send }
    }
  }
  return found
}

/** @type {WeakMap<Function, SdkClient>} */
const untouched = new WeakMap()

/**
 * A client of the same class that nobody has changed, for comparison.
 * @param {SdkClient} client
 * @returns {SdkClient}
 */
function untouchedLike(client) {
  const { Class } = /** @type {NonNullable<ReturnType<typeof classOf>>} */ (classOf(client))
  let like = untouched.get(Class)
  if (!like) {
    like = new Class({ region: 'x' })
    // It never sends anything, so nobody else hears of a faulty configuration file.
    like.config.requestHandler?.configProvider?.catch?.(() => {})
    untouched.set(Class, like)
  }
  return like
}

/**
 * Whether `send` is the SDK's. What puts itself in its place in the base class, as tracing does, leaves no other trace than its
 * text: the SDK's own is what resolves the middleware.
 * @param {SdkClient} client
 */
function hasSdkSend(client) {
  const { send } = /** @type {NonNullable<ReturnType<typeof classOf>>} */ (classOf(client))
  return client.send === send && /\bresolveMiddleware\b/.test(Function.prototype.toString.call(send))
}

/** @param {any} setting a value, or a function that provides it */
async function valueOf(setting) {
  return typeof setting === 'function' ? setting() : setting
}

module.exports = { isSdkClient, untouchedLike, hasSdkSend, valueOf }
