'use strict'

// All that a program can get: index.cjs gives it out, and bundle.mjs makes one file of it.

const { createS3Store } = require('./create-store.cjs')
const errors = require('./errors.cjs')
const { createJsonWrapper } = require('./json-wrapper.cjs')

module.exports = { createS3Store, createJsonWrapper, ...errors }
