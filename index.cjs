'use strict'

// Small, and no plain `module.exports = require(…)`: Node.js reads what `import` leads to a second time, for its names.
const library = require('./lib/index.cjs')

/** @typedef {typeof import('./index.cjs')} Api */

/** @type {(...args: Parameters<Api>) => ReturnType<Api>} */
const main = library.createS3Store
/** @type {{ [Name in Exclude<keyof Api, 'default' | 'createS3Store'>]: Api[Name] }} */
const others = library

module.exports = Object.assign(main, { ...others, default: main, createS3Store: main })
