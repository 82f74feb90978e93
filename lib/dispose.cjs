'use strict'

/**
 * Makes a method what `await using` calls. Not every realm has the symbol: jest's have none on Node.js 20.
 * @param {{ prototype: object }} Class
 * @param {() => Promise<void>} method
 */
function disposeBy({ prototype }, method) {
  if (!Symbol.asyncDispose) return
  Object.defineProperty(prototype, Symbol.asyncDispose, { value: method, configurable: true, writable: true })
}

module.exports = { disposeBy }
