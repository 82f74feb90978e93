'use strict'

// Text as UTF-8 can carry it: a lone surrogate has no bytes; and as XML can. The methods are newer than the library that the type check runs on.

/** @typedef {string & { isWellFormed(): boolean, toWellFormed(): string }} Text */

/**
 * @param {string} text
 * @returns {boolean}
 */
function isWellFormed(text) {
  return /** @type {Text} */ (text).isWellFormed()
}

/**
 * @param {string} text
 * @returns {string} the same, with U+FFFD for each lone surrogate
 */
function toWellFormed(text) {
  return /** @type {Text} */ (text).toWellFormed()
}

// https://www.w3.org/TR/xml/#charsets, without the three control characters that it has: not every parser leaves line ends and
// tabs as they are.
// eslint-disable-next-line no-control-regex
const NO_XML = /[\u0000-\u001f\ufffe\uffff]/

/**
 * Whether XML carries the text, and surely as it is.
 * @param {string} text well-formed
 */
function isXmlText(text) {
  return !NO_XML.test(text)
}

module.exports = { isWellFormed, isXmlText, toWellFormed }
