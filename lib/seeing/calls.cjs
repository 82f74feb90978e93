'use strict'

// Calls as others see them: each operation on a tracing channel of its own, for as long as somebody has subscribed.

const { tracingChannel } = require('node:diagnostics_channel')

/** @typedef {import('../../index.cjs').Operation} Operation */
/** @typedef {import('../../index.cjs').CallContext} CallContext */
/** @typedef {import('node:diagnostics_channel').TracingChannel<unknown, any>} Channels */
/**
 * What is called.
 * @typedef {import('../error-parts.cjs').Where & { body?: any }} Called `body` is what is written
 */
/** @typedef {{ result: unknown, bytes?: number, attempts?: number }} Done what came of a call, and what it doesn't say itself */

/** @type {Partial<Record<Operation, Channels>>} */
const channels = {}

/** @param {Operation} operation */
function channelsOf(operation) {
  channels[operation] ??= tracingChannel(`s3-store-native:${operation}`)
  return channels[operation]
}

/**
 * Whether somebody wants to see such calls.
 * @param {Operation} operation
 */
function isSeen(operation) {
  const { start, end, asyncStart, asyncEnd, error } = channelsOf(operation)
  // All of them together say so only in newer versions of Node.js. Asked by every call: a list of them would cost more than the answer.
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  )
}

/**
 * @param {Called} called
 * @param {import('../../index.cjs').Engine} engine
 * @returns {CallContext}
 */
function contextOf({ operation, bucket, key, prefix }, engine) {
  const place = { ...(key !== undefined && { key }), ...(prefix !== undefined && { prefix }) }
  return { operation, bucket, ...place, engine }
}

/**
 * Starts a call. With {@link end} this is what `tracePromise` does, which would cut off the stack of an error.
 * @template T
 * @param {CallContext} context
 * @param {() => Promise<T>} start
 * @returns {Promise<T>}
 */
function begin(context, start) {
  const channels = channelsOf(context.operation)
  return channels.start.runStores(context, () => {
    try {
      return start()
    } finally {
      channels.end.publish(context)
    }
  })
}

/**
 * Tells how a call came to its end.
 * @param {CallContext} context
 * @param {Done | { error: unknown }} outcome
 */
function end(context, outcome) {
  const { asyncStart, asyncEnd, error } = channelsOf(context.operation)
  if ('error' in outcome) {
    Object.assign(context, outcome, attemptsOf(outcome.error))
    error.publish(context)
  } else {
    Object.assign(context, factsOf(outcome))
  }
  asyncStart.publish(context)
  asyncEnd.publish(context)
}

/** @param {Done} done */
function factsOf({ result, bytes: moved, attempts }) {
  const { response } = /** @type {any} */ (Object(result))
  const bytes = moved ?? (response?.Body && response.ContentLength)
  return {
    ...(attempts !== undefined && { attempts }),
    ...attemptsOf(response ?? result),
    ...(response?.recovered === true && { recovered: true }),
    ...(bytes !== undefined && { bytes }),
  }
}

/** @param {any} outcome a response, a page or an error, the store's own with S3's as its cause */
function attemptsOf(outcome) {
  const { $metadata, attempts, cause } = Object(outcome)
  const found = $metadata?.attempts ?? attempts ?? cause?.$metadata?.attempts
  return found !== undefined && { attempts: found }
}

/**
 * How many bytes a body has, where it says so.
 * @param {any} body
 * @returns {number | undefined}
 */
function lengthOf(body) {
  return typeof body === 'string' ? Buffer.byteLength(body) : (body?.byteLength ?? body?.size)
}

module.exports = { isSeen, contextOf, begin, end, lengthOf }
