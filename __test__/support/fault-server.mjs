// A development server of a test's own, and its control endpoint: faults on cue, and the log of what was applied.
import { Agent, request } from 'node:http'
import { json } from 'node:stream/consumers'
import { startDevServer } from '../../scripts/servers/dev-server.mjs'

const variable = 'S3_TEST_DEV_SERVER'

export class FaultServer {
  #control
  #agent = new Agent({ keepAlive: true })
  #stop
  /** The answer to come that says what is held: many may wait for it. */
  #held

  /** @param {number} seed of the faults that come by probability */
  static async start(seed = 1) {
    const program = process.env[variable]
    if (!program) throw new Error(`${variable} is not set: run these tests with \`npm test\``)
    const { control, stop, ...descriptor } = await startDevServer({ program, seed })
    const server = Object.assign(new FaultServer(), descriptor)
    server.#control = control
    server.#stop = stop
    return server
  }

  /** Adds a rule, and gives its id. */
  async add(rule) {
    return (await this.#ask('POST', '/faults', rule)).id
  }

  async remove(id) {
    await this.#ask('DELETE', `/faults/${id}`)
  }

  async removeAll() {
    await this.#ask('DELETE', '/faults')
  }

  /** How often each of the rules acted. */
  async acted(...ids) {
    const { faults } = await this.#ask('GET', '/faults')
    return ids.map((id) => faults.find((rule) => rule.id === id).acted)
  }

  /** The requests that the rules hold. */
  async heldBy(...ids) {
    this.#held ??= this.#ask('GET', '/held').finally(() => (this.#held = undefined))
    const { held } = await this.#held
    return held.filter(({ rule }) => ids.includes(rule))
  }

  /** Lets held requests go: all, or those of an `id` or a `key`. Resolves when they were applied. */
  async release(which = {}) {
    return (await this.#ask('POST', '/release', which)).released
  }

  /** What was applied to a key of a bucket, in order. */
  async log(bucket, key) {
    const { log } = await this.#ask('GET', `/log?${new URLSearchParams({ bucket, ...(key && { key }) })}`)
    return log
  }

  /** How many requests and connections there were. */
  async requests(bucket, key) {
    return this.#ask('GET', `/requests?${new URLSearchParams({ ...(bucket && { bucket }), ...(key && { key }) })}`)
  }

  /** Ends the idle connections. */
  async close() {
    return (await this.#ask('POST', '/close', {})).closed
  }

  async stop() {
    this.#agent.destroy()
    await this.#stop()
  }

  async #ask(method, path, body) {
    const response = await new Promise((resolve, reject) => {
      const asking = request(this.#control + path, { method, agent: this.#agent }, resolve).on('error', reject)
      asking.end(body && JSON.stringify(body))
    })
    const answer = await json(response)
    if (response.statusCode !== 200) throw new Error(`${method} ${path}: ${answer.error}`)
    return answer
  }
}
