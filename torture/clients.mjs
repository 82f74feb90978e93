// The client processes: started, killed and replaced, awaited at the end.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ScriptError } from '../scripts/run.mjs'

/** @typedef {import('./client.mjs').Task} Task */
/** @typedef {{ name: string, child: import('node:child_process').ChildProcess, close(): void }} Client */

const program = fileURLToPath(new URL('client.mjs', import.meta.url))
// Longer than any call of a client takes to its end.
const ENDS_WITHIN_MS = 120_000

export class Clients {
  /** @type {string[]} the names of all that ever were */
  names = []
  #proxy
  #folder
  #task
  /** @type {Set<Client>} */
  #running = new Set()

  /**
   * @param {import('./proxy.mjs').Proxy} proxy
   * @param {string} folder for what they write
   * @param {Omit<Task, 'client' | 'endpoint' | 'file' | 'seed' | 'part'>} task
   */
  constructor(proxy, folder, task) {
    this.#proxy = proxy
    this.#folder = folder
    this.#task = task
  }

  /**
   * @param {string} name
   * @param {Pick<Task, 'part' | 'seed'> & Partial<Task>} task
   */
  async start(name, task) {
    const { endpoint, close } = await this.#proxy.open(name)
    const whole = { ...this.#task, ...task, client: name, endpoint, file: this.fileOf(name) }
    const log = openSync(join(this.#folder, `${name}.log`), 'w')
    const child = spawn(process.execPath, [program, JSON.stringify(whole)], { stdio: ['pipe', log, log] })
    closeSync(log)
    // One that was killed closes the pipe.
    child.stdin?.on('error', () => {})
    const client = { name, child, close }
    this.names.push(name)
    this.#running.add(client)
    return client
  }

  /** @param {string} name */
  fileOf(name) {
    return join(this.#folder, `${name}.jsonl`)
  }

  /** Whether a client has begun to call, or never will. @param {Client} client */
  isWorking({ name, child }) {
    return existsSync(this.fileOf(name)) || child.exitCode !== null
  }

  /** @param {Client} client */
  async kill(client) {
    if (client.child.exitCode !== null) await this.end(client)
    client.child.kill('SIGKILL')
    if (client.child.signalCode === null) await once(client.child, 'exit')
    client.close()
    this.#running.delete(client)
  }

  /** Lets a client come to its end, which has to be a good one. @param {Client} client */
  async end(client) {
    const { name, child } = client
    child.stdin?.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    clearTimeout(timer)
    client.close()
    this.#running.delete(client)
    if (child.exitCode === 0) return
    const log = readFileSync(join(this.#folder, `${name}.log`), 'utf8')
      .trim()
      .slice(-2000)
    throw new ScriptError(`${log}\nclient ${name} ended with ${child.exitCode ?? child.signalCode}`)
  }

  /** Lets a client do its part without being disturbed. @param {string} name @param {Parameters<Clients['start']>[1]} task */
  async run(name, task) {
    const client = await this.start(name, task)
    const { child } = client
    if (child.exitCode === null) await once(child, 'exit')
    await this.end(client)
  }

  async endAll() {
    await Promise.all([...this.#running].map((client) => this.end(client)))
  }

  async killAll() {
    await Promise.all([...this.#running].map((client) => this.kill(client)))
  }
}
