import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { buildDevServer } from '../build.mjs'
import { logFile, root, ScriptError } from '../run.mjs'
import { answers, stopper } from './process.mjs'

/**
 * Builds and starts this project's own development server, which chooses a free port itself.
 * @param {string[]} [buckets] to make at its start
 */
export async function startDevServer(buckets = []) {
  const program = await buildDevServer()
  const log = logFile('dev-server')
  const file = openSync(log, 'w')
  const args = ['--exit-with-stdin', ...buckets.flatMap((bucket) => ['--bucket', bucket])]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', file] })
  closeSync(file)
  const stop = stopper(child)
  const stdout = /** @type {import('node:stream').Readable} */ (child.stdout)
  for await (const line of createInterface({ input: stdout })) {
    const { endpoint, region, accessKeyId, secretAccessKey } = JSON.parse(line)
    const descriptor = { name: 'dev-server', version: ownVersion(), endpoint, region, accessKeyId, secretAccessKey }
    // What it may print later must not fill the pipe.
    stdout.resume()
    await answers(descriptor, child)
    return { ...descriptor, stop }
  }
  await stop()
  throw new ScriptError(`${readFileSync(log, 'utf8')}\nThe development server ended at once.`)
}

function ownVersion() {
  return JSON.parse(readFileSync(`${root}/package.json`, 'utf8')).version
}
