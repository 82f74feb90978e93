'use strict'

// The options that say how the server is reached: through which proxy, and whose word is taken for who it is.

const { invalidSecretType, invalidValue } = require('./argument-errors.cjs')

const CERTIFICATE = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs

/**
 * The text of a URL with `http:` or `https:` as WHATWG's URL has it, so that native code, which is less lenient, gets
 * what it knows to read. What stands before the host may be a secret, so that no message quotes it.
 * @param {unknown} given
 * @param {string} argument
 * @param {string} expected
 * @param {string} example
 */
function readWebUrl(given, argument, expected, example) {
  const isUrl = Object.prototype.toString.call(given) === '[object URL]'
  if (typeof given !== 'string' && !isUrl) throw invalidSecretType(argument, expected, given)
  const text = String(given)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw invalidValue(argument, `must be an absolute URL with http: or https:, such as ${example}`)
  }
  if (url.search || url.hash) throw invalidValue(argument, 'must not have a query or a fragment')
  return url
}

/**
 * @param {unknown} proxy
 * @returns {string | false | undefined}
 */
function readProxy(proxy) {
  if (proxy === undefined || proxy === false) return proxy
  const argument = 'options.proxy'
  const url = readWebUrl(proxy, argument, 'a URL, a string or false', 'http://127.0.0.1:3128')
  if (url.pathname !== '/') throw invalidValue(argument, 'must not have a path')
  return url.href
}

/**
 * @param {unknown} ca
 * @returns {string | undefined} all certificates, in PEM
 */
function readCa(ca) {
  if (ca === undefined) return undefined
  if (!Array.isArray(ca)) return readCertificates(ca, 'options.ca')
  if (ca.length === 0) throw invalidValue('options.ca', 'must not be empty: nobody would be trusted')
  return ca.map((one, index) => readCertificates(one, `options.ca[${index}]`)).join('\n')
}

/**
 * No message quotes what was given: it might be the key.
 * @param {unknown} given
 * @param {string} argument
 */
function readCertificates(given, argument) {
  const { X509Certificate } = require('node:crypto')
  const certificates = readPem(given, argument).match(CERTIFICATE)
  if (!certificates) throw invalidValue(argument, 'must hold a certificate in PEM (-----BEGIN CERTIFICATE-----)')
  for (const certificate of certificates) {
    try {
      void new X509Certificate(certificate)
    } catch (error) {
      throw invalidValue(argument, "must not hold a certificate that can't be read", error)
    }
  }
  return certificates.join('\n')
}

/**
 * @param {unknown} given
 * @param {string} argument
 */
function readPem(given, argument) {
  if (typeof given === 'string') return given
  if (ArrayBuffer.isView(given)) {
    return Buffer.from(given.buffer, given.byteOffset, given.byteLength).toString('latin1')
  }
  throw invalidSecretType(argument, 'certificates in PEM: a string, bytes, or an array of those', given)
}

module.exports = { readCa, readProxy, readWebUrl }
