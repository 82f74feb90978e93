'use strict'

// The command line: npx s3-store-native doctor. Exit codes: 0 when the store's promises hold on the server, 1 when they
// don't or that can't be told, 2 when nothing was found out.

const { parseArgs } = require('node:util')
const { createS3Store } = require('../../index.cjs')
const { version } = require('../../package.json')
const { printed } = require('./table.cjs')
const { judge } = require('./verdict.cjs')

/** @typedef {ReturnType<typeof readArguments>} Arguments */

const usage = `Usage: npx s3-store-native doctor --bucket BUCKET [options]

Finds out whether a server enforces the conditions that the store relies on, and says what works there. It writes small
objects under .s3-store-native/ in the bucket, about 500 requests in all, and deletes them again.

  --bucket BUCKET      the bucket
  --endpoint URL       the server; without it AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile's, then AWS itself
  --region REGION      the region; without it AWS_REGION, AWS_DEFAULT_REGION or the profile's
  --force-path-style   the bucket in the path, not before the host
  --json               prints JSON
  --help, --version

Credentials are found as by every AWS tool: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, SSO, and so on.

Exit codes: 0 the store's promises hold there, 1 they don't or it can't be told, 2 nothing was found out (wrong usage, no
connection, no credentials, no such bucket, no right to write).`

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  let given
  try {
    given = readArguments(args)
  } catch (error) {
    return complain(`${/** @type {Error} */ (error).message}\n\n${usage}`)
  }
  if (given.version) return say(version)
  if (given.help) return say(usage)
  return diagnose(given)
}

/** @param {string[]} args */
function readArguments(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      bucket: { type: 'string' },
      endpoint: { type: 'string' },
      region: { type: 'string' },
      'force-path-style': { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
  })
  const { bucket, help, version } = values
  if (!help && !version) {
    const [command, ...others] = positionals
    if (command === undefined) throw new Error('There is no command.')
    if (command !== 'doctor') throw new Error(`There is no command ${JSON.stringify(command)}.`)
    if (others.length > 0) throw new Error(`${JSON.stringify(others[0])} is too much.`)
    if (bucket === undefined) throw new Error('--bucket is missing.')
  }
  return { ...values, bucket: bucket ?? '' }
}

/** @param {Arguments} given */
async function diagnose({ bucket, endpoint, region, 'force-path-style': forcePathStyle, json }) {
  let report
  try {
    const store = createS3Store(bucket, { endpoint, region, forcePathStyle })
    report = await store.probe()
  } catch (error) {
    return complain(explained(error))
  }
  const verdict = judge(report)
  say(json ? JSON.stringify({ version, ...verdict, report }, null, 2) : printed(report, verdict, version))
  return verdict.holds ? 0 : 1
}

/** @param {any} error */
function explained({ name, code, message, argument, Code, $metadata }) {
  if (argument !== undefined) return `${message}\n\n${usage}`
  const what = Code ?? (code && !message.includes(code) ? code : name)
  const status = $metadata?.httpStatusCode ? ` (${$metadata.httpStatusCode})` : ''
  const said = what === 'Error' || message.startsWith(`${what}`) ? message : `${what}${status}: ${message}`
  const advice =
    Code === 'AccessDenied' ? '\nThe doctor needs the right to write under .s3-store-native/ in the bucket.' : ''
  return `s3-store-native doctor found nothing out: ${said}${advice}`
}

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`)
  return 0
}

/** @param {string} text */
function complain(text) {
  process.stderr.write(`${text}\n`)
  return 2
}

module.exports = { main }
