'use strict'

const { createS3Store } = require('./lib/create-store.cjs')
const errors = require('./lib/errors.cjs')
const { createJsonWrapper } = require('./lib/json-wrapper.cjs')

/** @typedef {typeof import('./index.cjs')} Api */

/** @type {(...args: Parameters<Api>) => ReturnType<Api>} */
const main = createS3Store
/** @type {{ [Name in Exclude<keyof Api, 'default' | 'createS3Store'>]: Api[Name] }} */
const others = { createJsonWrapper, ...errors }

module.exports = Object.assign(main, { default: main, createS3Store: main, ...others })
