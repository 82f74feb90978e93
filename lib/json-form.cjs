'use strict'

// How values of the JSON wrapper become text and come out of it: as JSON has them, or as the caller's own hooks make of that.

const { describe, invalidType, invalidValue, refuseUnknown } = require('./argument-errors.cjs')

/** @typedef {{ key: string, bucket: string }} Source */
/** @typedef {(value: unknown) => unknown} Parse checks a value that was read, and may make another of it; async or not */
/** @typedef {{ '~standard': { validate(value: unknown): any } }} StandardSchema https://standardschema.dev */

const OPTIONS = new Set(['parse', 'stringify'])

/** What a wrapper does with values. */
class JsonForm {
  #parse
  #stringify
  #hasOwnStringify

  /** @param {unknown} given */
  constructor(given) {
    if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given))) {
      throw invalidType('options', 'an object', given)
    }
    const options = /** @type {{ parse?: unknown, stringify?: unknown }} */ (given ?? {})
    refuseUnknown('options', options, OPTIONS)
    this.#parse = checkedParse(options.parse)
    this.#stringify = checkedStringify(options.stringify)
    this.#hasOwnStringify = options.stringify !== undefined
  }

  /**
   * @param {unknown} value
   * @param {string} [argument]
   * @returns {string}
   */
  toText(value, argument = 'value') {
    let text
    try {
      text = this.#stringify(value)
    } catch (cause) {
      throw invalidValue(
        argument,
        `must be what JSON can hold: ${cause instanceof Error ? cause.message : cause}`,
        cause,
      )
    }
    if (typeof text === 'string') return text
    const by = this.#hasOwnStringify ? 'options.stringify' : 'JSON.stringify'
    throw invalidType(argument, `what JSON can hold (${by} makes ${describe(text)} of it)`, value)
  }

  /**
   * @param {unknown} value as JSON has it
   * @param {Source} source
   * @returns {Promise<any>}
   */
  async checked(value, source) {
    return this.#parse ? await this.#parse(value, source) : value
  }
}

/**
 * @param {any} parse
 * @returns {((value: unknown, source: Source) => unknown) | undefined}
 */
function checkedParse(parse) {
  if (parse === undefined) return undefined
  // Some libraries' schemas are functions, too.
  if (typeof parse?.['~standard']?.validate === 'function') return (value, source) => validated(parse, value, source)
  if (typeof parse === 'function') return (value) => parse(value)
  throw invalidType('options.parse', 'a function, or a schema by the Standard Schema specification', parse)
}

/**
 * @param {any} stringify
 * @returns {(value: unknown) => unknown}
 */
function checkedStringify(stringify) {
  if (stringify === undefined) return (value) => JSON.stringify(value)
  if (typeof stringify !== 'function') throw invalidType('options.stringify', 'a function', stringify)
  return (value) => stringify(value)
}

/**
 * @param {StandardSchema} schema
 * @param {unknown} value
 * @param {Source} source
 */
async function validated(schema, value, { key, bucket }) {
  const result = await schema['~standard'].validate(value)
  if (!result.issues) return result.value
  const told = result.issues.map((/** @type {any} */ issue) =>
    [pathOf(issue), issue.message].filter(Boolean).join(': '),
  )
  const error = new TypeError(`${JSON.stringify(key)} is not what was expected: ${told.join('; ')}`)
  throw Object.assign(error, { code: 'ERR_INVALID_JSON_VALUE', issues: result.issues, key, bucket })
}

/** @param {{ path?: readonly (PropertyKey | { key: PropertyKey })[] }} issue */
function pathOf({ path = [] }) {
  return path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.')
}

module.exports = { JsonForm }
