'use strict'

// Text as UTF-8 can carry it: a lone surrogate has no bytes. The methods are newer than the library that the type check runs on.

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

module.exports = { isWellFormed, toWellFormed }
