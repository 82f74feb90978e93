'use strict'

// Bad input is the caller's mistake, so it gets JavaScript's own classes, with the `code` that Node.js uses for the same mistake
// and the argument's name as a field: nobody has to read the message.

const LONGEST_QUOTE = 60

/**
 * What was received, in words. Never call it with a secret.
 * @param {unknown} value
 * @returns {string}
 */
function describe(value) {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') {
    return JSON.stringify(value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value)
  }
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object') return `an instance of ${className(value)}`
  return `${typeof value} ${String(value)}`
}

/**
 * @param {object} value
 * @returns {string}
 */
function className(value) {
  try {
    const name = value.constructor?.name
    return typeof name === 'string' && name !== '' ? name : 'Object'
  } catch {
    // A getter of the caller's, or a revoked proxy. The complaint about it goes on.
    return 'Object'
  }
}

/**
 * @param {string} argument
 * @param {string} expected what it must be, for `must be …`
 * @param {unknown} received
 * @returns {TypeError & { code: string, argument: string }}
 */
function invalidType(argument, expected, received) {
  const error = new TypeError(`${argument} must be ${expected}, got ${describe(received)}`)
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE', argument })
}

/**
 * The same of something that may hold a secret, or be one: only its type is told.
 * @param {string} argument
 * @param {string} expected
 * @param {unknown} received
 */
function invalidSecretType(argument, expected, received) {
  const told = received === null ? 'null' : typeof received
  const error = new TypeError(`${argument} must be ${expected}, got ${told}`)
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE', argument })
}

/**
 * @param {string} argument
 * @param {string} complaint a sentence without its subject, such as `must not be empty`
 * @param {unknown} [cause]
 * @returns {TypeError & { code: string, argument: string }}
 */
function invalidValue(argument, complaint, cause) {
  const error = new TypeError(`${argument} ${complaint}`, cause === undefined ? undefined : { cause })
  return Object.assign(error, { code: 'ERR_INVALID_ARG_VALUE', argument })
}

/**
 * @param {string} argument
 * @param {string} range what it must be, for `must be …`
 * @param {string | number} received
 * @returns {RangeError & { code: string, argument: string }}
 */
function outOfRange(argument, range, received) {
  const error = new RangeError(`${argument} must be ${range}, got ${received}`)
  return Object.assign(error, { code: 'ERR_OUT_OF_RANGE', argument })
}

/**
 * Refuses a name that isn't in the closed list: a misspelt option must not be dropped in silence.
 * @param {string} argument
 * @param {object} options
 * @param {ReadonlySet<string>} known
 */
function refuseUnknown(argument, options, known) {
  for (const name of Object.keys(options)) {
    if (!known.has(name)) {
      throw invalidValue(`${argument}.${name}`, `is not an option; the options are ${[...known].join(', ')}`)
    }
  }
}

module.exports = { describe, invalidSecretType, invalidType, invalidValue, outOfRange, refuseUnknown }
