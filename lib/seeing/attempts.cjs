'use strict'

// Attempts as others see them: each on a channel, and as a line on stderr where NODE_DEBUG asks for it.

const { AsyncResource } = require('node:async_hooks')
const { channel } = require('node:diagnostics_channel')
const { debuglog } = require('node:util')

/** @typedef {import('../../index.cjs').AttemptMessage} AttemptMessage */
/** @typedef {import('../error-parts.cjs').Where & { engine: 'native' | 'client' }} Call */
/** @typedef {Omit<AttemptMessage, keyof Call>} Attempt */

const attempts = channel('s3-store-native:attempt')
const log = debuglog('s3-store')
// NODE_DEBUG is read when the process starts.
const isLogging = log.enabled

/** Whether somebody wants to see attempts. */
function areAttemptsSeen() {
  return isLogging || attempts.hasSubscribers
}

/** @param {AttemptMessage} message */
function tell(message) {
  if (isLogging) log('%s', lineOf(message))
  attempts.publish(message)
}

/**
 * @param {AttemptMessage} message
 * @returns {string} one line, whatever the key has in it
 */
function lineOf({ operation, bucket, key = '', prefix = '', request, attempt, status, code, duration }) {
  const place = `${bucket}/${key || prefix}`
  const outcome = [status, code].filter((known) => known !== undefined).join(' ') || 'no answer'
  return `${operation} ${JSON.stringify(place)}: ${request} attempt ${attempt}: ${outcome}, ${duration.toFixed(1)} ms`
}

/** A call whose attempts are told in its own async context, whenever they are heard of. */
class SeenCall extends AsyncResource {
  #call
  #onAttempt

  /** @param {Call} call @param {(attempt: number) => void} [onAttempt] */
  constructor(call, onAttempt) {
    super('S3StoreCall')
    this.#call = call
    this.#onAttempt = onAttempt
  }

  /** @param {Attempt} attempt */
  tell(attempt) {
    this.#onAttempt?.(attempt.attempt)
    this.runInAsyncScope(tell, undefined, { ...this.#call, ...attempt })
  }
}

/**
 * A request of a client's, which makes its attempts out of sight and at most says how many there were.
 * @template T
 * @param {Call} call
 * @param {any} command
 * @param {() => Promise<T>} send
 * @returns {Promise<T>}
 */
async function tellOf(call, command, send) {
  const began = performance.now()
  /** @param {any} answer @param {unknown} [code] */
  const told = (answer, code) => {
    const { attempts: attempt = 1, httpStatusCode: status } = Object(Object(answer).$metadata)
    const known = { ...(status !== undefined && { status }), ...(typeof code === 'string' && { code }) }
    const request = command.constructor.name.replace(/Command$/, '')
    tell({ ...call, request, attempt, ...known, duration: performance.now() - began })
  }
  try {
    const answer = await send()
    told(answer)
    return answer
  } catch (thrown) {
    const { Code, code, name } = Object(thrown)
    told(thrown, Code ?? code ?? name)
    throw thrown
  }
}

module.exports = { SeenCall, areAttemptsSeen, tellOf }
