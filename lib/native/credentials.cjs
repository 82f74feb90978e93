'use strict'

// Credentials from JavaScript: what a user gives, checked, and the functions that the addon asks through the calls.

const { invalidSecretType, invalidValue } = require('../argument-errors.cjs')

/** @typedef {import('../../index.cjs').Credentials} Credentials */
/** @typedef {import('../../index.cjs').CredentialsProvider} CredentialsProvider */

/**
 * Credentials as JSON carries them. No message here shows a value: it might be a secret in the wrong place.
 * @param {unknown} credentials
 * @param {string} argument
 */
function readCredentials(credentials, argument) {
  if (typeof credentials !== 'object' || credentials === null) {
    throw invalidSecretType(argument, 'an object with accessKeyId and secretAccessKey', credentials)
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
  if (Number.isNaN(time)) throw invalidValue(argument, 'must be a valid Date')
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

  /** @returns {Promise<string>} the answer for the addon, as JSON */
  async answer() {
    try {
      const answer = readCredentials(await this.#provide(), 'credentials()')
      this.#lastError = undefined
      return JSON.stringify(answer)
    } catch (error) {
      this.#lastError = error
      const { name = 'Error', message = String(error) } = error instanceof Object ? /** @type {Error} */ (error) : {}
      return JSON.stringify({ error: { name: String(name), message: String(message) } })
    }
  }
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
   * @param {number} store
   * @returns {Promise<string>}
   */
  async answer(store) {
    const source = this.#sources.get(store)?.deref()
    return source ? source.answer() : JSON.stringify({ error: { name: 'Error', message: 'the store is gone' } })
  }
}

module.exports = { readCredentials, CredentialsSource, CredentialsSources }
