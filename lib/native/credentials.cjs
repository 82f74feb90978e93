'use strict'

// Credentials from JavaScript: what a user gives, checked, and the functions that the addon asks through the calls.

const { invalidSecretType, invalidValue } = require('../argument-errors.cjs')
const { isWellFormed, toWellFormed } = require('../text.cjs')

/** @typedef {import('../../index.cjs').Credentials} Credentials */
/** @typedef {import('../../index.cjs').CredentialsProvider} CredentialsProvider */

/**
 * Credentials as JSON carries them. No message here shows a value: it might be a secret in the wrong place.
 * @param {unknown} credentials
 * @param {string} argument
 * @param {string} [expected] what the argument can be
 */
function readCredentials(credentials, argument, expected = 'an object with accessKeyId and secretAccessKey') {
  if (typeof credentials !== 'object' || credentials === null) {
    throw invalidSecretType(argument, expected, credentials)
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = /** @type {Credentials} */ (credentials)
  return {
    accessKeyId: readHeader(accessKeyId, `${argument}.accessKeyId`),
    secretAccessKey: readSecret(secretAccessKey, `${argument}.secretAccessKey`),
    sessionToken: sessionToken === undefined ? undefined : readHeader(sessionToken, `${argument}.sessionToken`),
    expiration: expiration === undefined ? undefined : readDate(expiration, `${argument}.expiration`),
  }
}

/**
 * @param {unknown} text
 * @param {string} argument
 */
function readText(text, argument) {
  if (typeof text !== 'string') throw invalidSecretType(argument, 'a string', text)
  if (text === '') throw invalidValue(argument, 'must not be empty')
  if (!isWellFormed(text)) throw invalidValue(argument, 'must be well-formed Unicode, without a lone surrogate')
  return text
}

/**
 * A secret is only calculated with. A line break in it is a mistake all the same.
 * @param {unknown} text
 * @param {string} argument
 */
function readSecret(text, argument) {
  const read = readText(text, argument)
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(read)) throw invalidValue(argument, 'must not contain control characters')
  return read
}

/**
 * What goes into a header as it is: a line break of a file from Windows, say, can't.
 * @param {unknown} text
 * @param {string} argument
 */
function readHeader(text, argument) {
  const read = readText(text, argument)
  if (!/^[!-~]+$/.test(read)) throw invalidValue(argument, 'must be visible ASCII, without spaces and line breaks')
  return read
}

/**
 * @param {unknown} date
 * @param {string} argument
 */
function readDate(date, argument) {
  const time = Object.prototype.toString.call(date) === '[object Date]' ? Number(date) : undefined
  if (time === undefined) throw invalidSecretType(argument, 'a Date', date)
  if (!Number.isSafeInteger(time)) throw invalidValue(argument, 'must be a valid Date')
  return time
}

/** Asks one store's function, and remembers what it threw for the error of the call that needed it. */
class CredentialsSource {
  #provide
  /** @type {unknown} */
  #lastError

  /** @param {CredentialsProvider} provide */
  constructor(provide) {
    this.#provide = provide
  }

  get lastError() {
    return this.#lastError
  }

  /**
   * Never rejects, whatever the function throws or gives: nobody but the addon waits for it.
   * @returns {Promise<string>} the answer for the addon, as JSON
   */
  async answer() {
    try {
      const answer = readCredentials(await this.#provide(), 'credentials()')
      this.#lastError = undefined
      return JSON.stringify(answer)
    } catch (error) {
      this.#lastError = error
      return refusal(...told(error))
    }
  }
}

/**
 * @param {unknown} error anything: what is thrown need be no Error, nor have a text
 * @returns {[name: string, message: string]}
 */
function told(error) {
  try {
    const { name = 'Error', message = String(error) } = error instanceof Object ? /** @type {Error} */ (error) : {}
    return [String(name), String(message)]
  } catch {
    return ['Error', 'the credentials function threw something that has no text']
  }
}

/**
 * @param {string} name
 * @param {string} message
 */
function refusal(name, message) {
  return JSON.stringify({ error: { name: toWellFormed(name), message: toWellFormed(message) } })
}

/** The sources of this environment's stores, by the store's number. A store that is no longer used takes its source along. */
class CredentialsSources {
  /** @type {Map<number, WeakRef<CredentialsSource>>} */
  #sources = new Map()
  #forget = new FinalizationRegistry((/** @type {number} */ store) => this.#sources.delete(store))

  /**
   * @param {number} store
   * @param {CredentialsSource} source
   */
  add(store, source) {
    this.#sources.set(store, new WeakRef(source))
    this.#forget.register(source, store)
  }

  /**
   * Gives the addon its answer. It gets one in any case: without it, the calls that wait for credentials would never end.
   * @param {number} store
   * @param {(json: string) => void} give
   */
  async answer(store, give) {
    const source = this.#sources.get(store)?.deref()
    const answer = source ? await source.answer() : refusal('Error', 'the store is gone')
    try {
      give(answer)
    } catch {
      give(refusal('Error', 'the credentials are not what the addon can take'))
    }
  }
}

module.exports = { readCredentials, CredentialsSource, CredentialsSources }
