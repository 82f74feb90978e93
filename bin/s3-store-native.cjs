#!/usr/bin/env node
'use strict'

const { main } = require('../lib/doctor/command.cjs')

async function run() {
  process.exitCode = await main(process.argv.slice(2))
}

run()
