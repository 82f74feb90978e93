// One running server: started on a free loopback port, awaited until it answers a signed request, and ended.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import { logFile, ScriptError } from '../run.mjs'

/**
 * @typedef {object} Descriptor what the tests are told about a server
 * @property {string} name
 * @property {string} version
 * @property {string} endpoint
 * @property {string} region
 * @property {string} accessKeyId
 * @property {string} secretAccessKey
 * @property {string} [sessionToken]
 */
/** @typedef {Descriptor & { stop(): Promise<void> }} Running */
/**
 * One that can be killed outright and started again, with the same data, on the same port.
 * @typedef {Running & { kill(): void, restart(): Promise<void> }} Guarded
 */

const READY_WITHIN_MS = 60_000
const guard = join(dirname(fileURLToPath(import.meta.url)), 'guard.mjs')

/**
 * Starts a server behind guard.mjs, with a new data folder that is removed at its end.
 * @param {Descriptor} descriptor
 * @param {string} program
 * @param {string[]} args
 * @param {string} folder its data folder
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Guarded>}
 */
export async function startGuarded(descriptor, program, args, folder, env = {}) {
  const log = logFile(descriptor.name)
  const file = openSync(log, 'w')
  const child = spawn(process.execPath, [guard, folder, program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', file, file],
  })
  closeSync(file)
  /** @param {'kill' | 'start'} word */
  const say = (word) => child.stdin?.write(`${word}\n`)
  const running = {
    ...descriptor,
    stop: stopper(child),
    kill: () => void say('kill'),
    async restart() {
      say('start')
      await answers(descriptor, child)
    },
  }
  try {
    await answers(descriptor, child)
  } catch (error) {
    await running.stop()
    const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-10).join('\n')
    throw new ScriptError(`${tail}\n${descriptor.name}: ${/** @type {Error} */ (error).message}`)
  }
  return running
}

/**
 * Ends a child by closing its standard input, which it takes as the word to stop.
 * @param {import('node:child_process').ChildProcess} child
 */
export function stopper(child) {
  // A child that is already gone closes its pipe; writing the end to it is no failure.
  child.stdin?.on('error', () => {})
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.stdin?.end()
    await exited
  }
}

/**
 * Waits until the server answers a signed request.
 * @param {Omit<Descriptor, 'version'>} descriptor
 * @param {import('node:child_process').ChildProcess} [child] whose end is the end of the wait
 */
export async function answers({ endpoint, region, accessKeyId, secretAccessKey, sessionToken }, child) {
  // A notice about the end of a Node version's support would be the first thing on the demo's screen.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  const { ListBucketsCommand, S3Client } = await import('@aws-sdk/client-s3')
  const credentials = { accessKeyId, secretAccessKey, sessionToken }
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 })
  const deadline = Date.now() + READY_WITHIN_MS
  try {
    for (;;) {
      try {
        await client.send(new ListBucketsCommand({}), { abortSignal: AbortSignal.timeout(5000) })
        return
      } catch (error) {
        if (child && (child.exitCode !== null || child.signalCode !== null))
          throw new Error('it ended at once', { cause: error })
        if (Date.now() > deadline) {
          const reason = /** @type {Error} */ (error)
          throw new Error(`no good answer from ${endpoint}: ${reason.name}: ${reason.message}`, { cause: error })
        }
      }
      await pause(100)
    }
  } finally {
    client.destroy()
  }
}

/**
 * A new folder for a server's data.
 * @param {string} name
 * @param {string} [parent]
 */
export function dataFolder(name, parent = tmpdir()) {
  mkdirSync(parent, { recursive: true })
  return mkdtempSync(join(parent, `s3-store-native-${name}-`))
}

/** A port that was free a moment ago. @returns {Promise<number>} */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}

/**
 * Tries `start` again when another process took the port in between.
 * @template T
 * @param {() => Promise<T>} start
 * @returns {Promise<T>}
 */
export async function withPortRetry(start) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      if (attempt === 3 || !/in use|EADDRINUSE/i.test(/** @type {Error} */ (error).message)) throw error
    }
  }
}
