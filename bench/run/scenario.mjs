// One kind of work on one server: every client in a process of its own, measured in rounds in which each has its turn.
import { clients } from '../clients/index.mjs'
import { ClientError, ClientProcess } from './child.mjs'
import { wrkRound } from './wrk.mjs'

/**
 * @typedef {object} Scenario
 * @property {string} group
 * @property {import('../process/operations.mjs').Work} work
 * @property {import('../servers/index.mjs').ServerName} server
 * @property {string} [bucket]
 * @property {string[]} clients
 * @property {number} [operations] how many at least in a round; four for each call in flight, unless said
 * @property {number} [warmUp] how many at least before the first round
 * @property {number} [ms] a round's least length, unless it is the run's own
 * @property {number} [rounds] how many, unless it is the run's own
 * @property {boolean} [alone] whether a client's process lives only while it is measured: for what takes much memory
 */
/**
 * @typedef {object} Pace
 * @property {number} rounds
 * @property {number} ms a round's least length
 * @property {number} warmUpMs
 * @property {number} warmUp calls at least
 */
/**
 * @typedef {object} Measured
 * @property {string} client
 * @property {import('../process/measure.mjs').Figures[]} rounds
 * @property {{ idle: number, peak: number, now: number }} [memory] bytes
 * @property {string} [error]
 */

/**
 * @param {Scenario} scenario
 * @param {Pace} pace
 * @param {import('../servers/index.mjs').Servers} servers
 * @returns {Promise<Measured[]>}
 */
export async function runScenario(scenario, pace, servers) {
  const rounds = scenario.rounds ?? pace.rounds
  const runners = scenario.clients.map((name) => new Runner(name, scenario, pace, servers))
  const groups = scenario.alone ? runners.map((runner) => [runner]) : [runners]
  for (const group of groups) {
    try {
      for (const runner of group) await runner.open()
      for (let round = 0; round < rounds; round += 1) {
        // Nobody always follows the same one.
        for (let turn = 0; turn < group.length; turn += 1) await group[(turn + round) % group.length].round()
      }
    } finally {
      for (const runner of group) await runner.end()
    }
  }
  return runners.map((runner) => runner.measured)
}

class Runner {
  #scenario
  #pace
  #servers
  /** @type {import('../servers/index.mjs').Target | undefined} */
  #target
  /** @type {ClientProcess | undefined} */
  #process
  /** @type {Measured} */
  measured

  /** @param {string} name @param {Scenario} scenario @param {Pace} pace @param {import('../servers/index.mjs').Servers} servers */
  constructor(name, scenario, pace, servers) {
    this.measured = { client: name, rounds: [] }
    this.#scenario = scenario
    this.#pace = pace
    this.#servers = servers
  }

  open() {
    return this.#attempt(async () => {
      const { client: name } = this.measured
      const { server, bucket, work } = this.#scenario
      this.#target = await this.#servers.target(server, bucket)
      if (clients[name].runtime === 'wrk') return
      const prepared = await this.#servers.prepare(server, name, work)
      this.#process = new ClientProcess(name, this.#target.authority)
      const warmUp = { ms: this.#pace.warmUpMs, operations: this.#scenario.warmUp ?? this.#pace.warmUp }
      await this.#process.ask('open', { name, place: this.#target.place, work: prepared, warmUp })
    })
  }

  round() {
    return this.#attempt(async () => {
      const { work, operations = 4 * work.inFlight, ms = this.#pace.ms } = this.#scenario
      const figures = this.#process
        ? await this.#process.ask('round', { ms, operations })
        : await wrkRound(/** @type {import('../servers/index.mjs').Target} */ (this.#target), work, ms)
      this.measured.rounds.push(figures)
    })
  }

  async end() {
    await this.#attempt(async () => {
      if (this.#process) this.measured.memory = await this.#process.ask('memory')
    })
    await this.#process?.end()
  }

  /**
   * A client that fails is out, with its reason; the others go on.
   * @param {() => Promise<void>} step
   */
  async #attempt(step) {
    if (this.measured.error) return
    try {
      await step()
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      this.measured.error = error.message
      // What it may still be doing would be measured with the others.
      await this.#process?.end()
    }
  }
}
