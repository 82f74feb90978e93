'use strict'

// Credentials from JavaScript: what a user gives, checked, and the functions that the addon asks through the calls.

const { invalidType, invalidValue } = require('../argument-errors.cjs')

/** @typedef {import('../../index.cjs').Credentials} Credentials */
/** @typedef {import('../../index.cjs').CredentialsProvider} CredentialsProvider */

/**
 * Credentials as JSON carries them. No message here shows a value: it might be a secret in the wrong place.
 * @param {unknown} credentials
 * @param {string} argument
 */
function readCredentials(credentials, argument) {
  if (typeof credentials !== 'object' || credentials === null) {
    throw invalidType(argument, 'an object with accessKeyId and secretAccessKey', typeof credentials)
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = /** @type {Credentials} */ (credentials)
  return {
    accessKeyId: readText(accessKeyId, `${argument}.accessKeyId`),
    secretAccessKey: readText(secretAccessKey, `${argument}.secretAccessKey`),
    sessionToken: sessionToken === undefined ? undefined : readText(sessionToken, `${argument}.sessionToken`),
    expiration: expiration === undefined ? undefined : readDate(expiration, `${argument}.expiration`),
  }
}

/**
 * @param {unknown} text
 * @param {string} argument
 */
function readText(text, argument) {
  if (typeof text !== 'string') throw invalidType(argument, 'a string', typeof text)
  if (text === '') throw invalidValue(argument, 'must not be empty')
  return text
}

/**
 * @param {unknown} date
 * @param {string} argument
 */
function readDate(date, argument) {
  const time = Object.prototype.toString.call(date) === '[object Date]' ? Number(date) : undefined
  if (time === undefined) throw invalidType(argument, 'a Date', typeof date)
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
