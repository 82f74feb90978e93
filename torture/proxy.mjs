// What stands between the clients and the server: it loses, delays and cuts what passes, and writes down every request that
// reached the server, with what came of it, whether the client was told or not.
import { once } from 'node:events'
import { Agent, createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { pick } from '../__test__/support/random.mjs'
import { now } from './clock.mjs'
import { bodyOf, deliver, describe, described, endToEnd, exchange } from './messages.mjs'

/** @typedef {import('./messages.mjs').Request} Request */
/** @typedef {import('./messages.mjs').Message} Message */
/** @typedef {import('./messages.mjs').Fate} Fate */

/** How probable each fate of a request is. The rest passes. @type {[Fate, number][]} */
const fates = [
  ['lost', 0.04],
  ['late', 0.03],
  ['answer lost', 0.08],
  ['answer cut', 0.03],
  ['no answer', 0.005],
]
const LATEST_MS = 1500

export class Proxy {
  /** @type {Request[]} */
  requests = []
  /** @type {Record<string, number>} */
  faults = {}
  #bucket
  #nodes
  #random
  #isSerial
  #isCalm = true
  #agent = new Agent({ keepAlive: true })
  /** @type {Set<Promise<void>>} requests under way */
  #underWay = new Set()
  /** @type {Map<string, Promise<unknown>>} the last request for each key, where they go one by one */
  #last = new Map()

  /**
   * @param {object} task
   * @param {string} task.bucket
   * @param {string[]} task.nodes endpoints of the server
   * @param {() => number} task.random
   * @param {boolean} task.isSerial whether requests for one key go to the server one after another
   */
  constructor({ bucket, nodes, random, isSerial }) {
    this.#bucket = bucket
    this.#nodes = nodes.map((node) => new URL(node))
    this.#random = random
    this.#isSerial = isSerial
  }

  /** From now on connections are lossy, or they aren't. @param {boolean} lossy */
  setLossy(lossy) {
    this.#isCalm = !lossy
  }

  /** Listens for a client. @param {string} client its name */
  async open(client) {
    const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
      const work = this.#handle(client, request, response).catch((error) => {
        // A client that was killed leaves half a request, which goes nowhere.
        if (!request.complete) return
        throw error
      })
      this.#underWay.add(work)
      void work.finally(() => this.#underWay.delete(work))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    const close = () => {
      server.close()
      server.closeAllConnections()
    }
    return { endpoint: `http://127.0.0.1:${port}`, close }
  }

  /** Resolves when nothing is on its way to the server any more. */
  async quiet() {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
  }

  close() {
    this.#agent.destroy()
  }

  /**
   * @param {string} client
   * @param {import('node:http').IncomingMessage} head
   * @param {import('node:http').ServerResponse} response
   */
  async #handle(client, head, response) {
    const asked = { head, body: await bodyOf(head) }
    const fate = this.#draw()
    if (fate !== 'passed') this.#count(fate)
    if (fate === 'lost') return this.#drop(response)
    if (fate === 'late') {
      this.#drop(response)
      await pause(this.#random() * LATEST_MS)
    }
    const key = this.#keyOf(head)
    const answer = await this.#inTurn(key, () => this.#forward(client, key, asked, fate))
    if (!answer || fate === 'answer lost') return this.#drop(response)
    if (fate === 'late') return undefined
    if (fate === 'answer cut') return this.#cut(answer, response)
    if (fate === 'no answer') return gone(response)
    return deliver(answer, response)
  }

  /** @returns {Fate} */
  #draw() {
    if (this.#isCalm) return 'passed'
    let drawn = this.#random()
    for (const [fate, probability] of fates) {
      drawn -= probability
      if (drawn < 0) return fate
    }
    return 'passed'
  }

  /** The key of a request for an object of the test. @param {import('node:http').IncomingMessage} head */
  #keyOf({ url = '' }) {
    const { pathname, searchParams } = new URL(url, 'http://any')
    const prefix = `/${this.#bucket}/t/`
    const isPlain = [...searchParams.keys()].every((name) => name === 'x-id')
    return isPlain && pathname.startsWith(prefix) ? decodeURIComponent(pathname.slice(prefix.length - 2)) : ''
  }

  /**
   * @template T
   * @param {string} key
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #inTurn(key, work) {
    if (!this.#isSerial || key === '') return work()
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(work)
    this.#last.set(key, turn)
    return turn
  }

  /**
   * @param {string} client
   * @param {string} key
   * @param {Message} asked
   * @param {Fate} fate
   * @returns {Promise<Message | undefined>} nothing when the server gave no whole answer
   */
  async #forward(client, key, asked, fate) {
    const record = describe(client, key, asked, fate)
    if (key !== '') this.requests.push(record)
    try {
      const answer = await exchange(pick(this.#random, this.#nodes), this.#agent, asked)
      Object.assign(record, { answered: now(), ...described(answer) })
      return answer
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error)
      this.#count(code === 'ECONNREFUSED' ? 'server not there' : 'server gone')
      // Nobody was there to take the request: it was not sent after all.
      if (code === 'ECONNREFUSED' && key !== '') this.requests.splice(this.requests.lastIndexOf(record), 1)
      return undefined
    }
  }

  /** @param {string} fault */
  #count(fault) {
    this.faults[fault] = (this.faults[fault] ?? 0) + 1
  }

  /** Ends a connection, one way or the other. @param {import('node:http').ServerResponse} response */
  #drop({ socket }) {
    // Resetting one that is being shut down would leave Node.js 20 without an end of its process.
    if (this.#random() < 0.5 && socket?.readyState === 'open') socket.resetAndDestroy()
    else socket?.destroy()
  }

  /**
   * Delivers half of an answer: of its body, or of its head where there is none.
   * @param {Message} answer
   * @param {import('node:http').ServerResponse} response
   */
  #cut({ head, body }, { socket }) {
    const headers = Object.entries({ ...endToEnd(head.headers), 'content-length': body.length })
    const lines = [`HTTP/1.1 ${head.statusCode} any`, ...headers.map(([name, value]) => `${name}: ${value}`), '', '']
    const text = lines.join('\r\n')
    if (body.length === 0) socket?.end(text.slice(0, text.length / 2))
    else socket?.end(Buffer.concat([Buffer.from(text), body.subarray(0, body.length / 2)]))
  }
}

/** Resolves when the client has given up by itself. @param {import('node:http').ServerResponse} response */
async function gone({ socket }) {
  if (socket && !socket.destroyed) await once(socket, 'close')
}
