import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { buildDevServer } from '../build.mjs'
import { logFile, root, ScriptError } from '../run.mjs'
import { answers, stopper } from './process.mjs'

/**
 * Starts this project's own development server, which chooses a free port itself.
 * @param {object} [options]
 * @param {string} [options.program] built before; otherwise it is built now
 * @param {string[]} [options.buckets] to make at its start
 * @param {number} [options.seed] of its faults; with one it takes faults, on a port of their own
 */
export async function startDevServer({ program, buckets = [], seed } = {}) {
  program ??= await buildDevServer()
  const log = logFile(seed === undefined ? 'dev-server' : `dev-server-${process.pid}`)
  const file = openSync(log, 'w')
  const faults = seed === undefined ? [] : ['--control-port', '0', '--seed', String(seed)]
  const args = ['--exit-with-stdin', ...faults, ...buckets.flatMap((bucket) => ['--bucket', bucket])]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', file] })
  closeSync(file)
  const stop = stopper(child)
  const stdout = /** @type {import('node:stream').Readable} */ (child.stdout)
  for await (const line of createInterface({ input: stdout })) {
    const { endpoint, region, accessKeyId, secretAccessKey, control } = JSON.parse(line)
    const descriptor = { name: 'dev-server', version: ownVersion(), endpoint, region, accessKeyId, secretAccessKey }
    // What it may print later must not fill the pipe.
    stdout.resume()
    await answers(descriptor, child)
    return { ...descriptor, control, stop }
  }
  await stop()
  throw new ScriptError(`${readFileSync(log, 'utf8')}\nThe development server ended at once.`)
}

function ownVersion() {
  return JSON.parse(readFileSync(`${root}/package.json`, 'utf8')).version
}
