// The process of one client, seen from outside.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { clients } from '../clients/index.mjs'
import { bench } from './paths.mjs'

const ORDER_WITHIN_MS = 120_000

/** What a client could not do. Holds the name and code of what it threw, and no path or port of this machine. */
export class ClientError extends Error {
  /** @param {{ name: string, code?: string, message: string }} error */
  constructor({ name, code, message }) {
    const [line] = message.split('\n')
    const safe = line.replaceAll(/(\/[\w.@+-]+){2,}/g, '…').replaceAll(/127\.0\.0\.1(:\d+)?/g, 'server')
    super([name, code, safe].filter(Boolean).join(': ').slice(0, 160))
  }
}

/**
 * The program that runs a client's processes.
 * @param {string} name
 */
export function runtimeOf(name) {
  return clients[name].runtime === 'bun' ? bunProgram() : process.execPath
}

/** The program in Bun's platform package: the one that its install script, which does not run here, would have linked. */
function bunProgram() {
  const folder = join(bench, 'node_modules/@oven')
  const packages = existsSync(folder) ? readdirSync(folder).toSorted() : []
  const program = packages.map((name) => join(folder, name, 'bin/bun')).find((file) => existsSync(file))
  if (program === undefined) throw new ClientError({ name: 'Error', message: 'bun has no program for this platform' })
  return program
}

/**
 * The environment of a measured process: none of the user's AWS settings.
 * @param {import('../servers/certificates.mjs').Authority} [authority] of the server's certificate
 */
export function clientEnvironment(authority) {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS_|NODE_OPTIONS$|npm_)/.test(name))
  return {
    ...Object.fromEntries(own),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...(authority && { NODE_EXTRA_CA_CERTS: authority.caFile, S3_STORE_BENCH_OPENDAL: authority.opendal }),
  }
}

export class ClientProcess {
  #child
  #lines
  #stderr = ''

  /** @param {string} name @param {import('../servers/certificates.mjs').Authority} [authority] */
  constructor(name, authority) {
    this.#child = spawn(runtimeOf(name), [join(bench, 'process/main.mjs')], {
      env: clientEnvironment(authority),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child.on('error', () => {})
    this.#child.stdin.on('error', () => {})
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.#stderr = (this.#stderr + text).slice(-2000)))
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /**
   * @param {'open' | 'round' | 'memory'} order
   * @param {object} [argument]
   * @returns {Promise<any>}
   */
  async ask(order, argument = {}) {
    this.#child.stdin.write(`${JSON.stringify([order, argument])}\n`)
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), ORDER_WITHIN_MS)
    try {
      for (;;) {
        const { value, done } = await this.#lines.next()
        if (done) throw new ClientError(await this.#ending())
        // What a package prints is none of the answers.
        if (!/^\{"(ok|error)":/.test(value)) continue
        const { ok, error } = JSON.parse(value)
        if (error) throw new ClientError(error)
        return ok
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Why there is no answer. */
  async #ending() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close')
    const { exitCode, signalCode } = this.#child
    const last = this.#stderr.split('\n').find((line) => /rror|panic/.test(line)) ?? ''
    return { name: 'Error', message: `the process ended (${signalCode ?? exitCode}) ${last}`.trim() }
  }

  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}
