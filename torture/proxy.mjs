// What stands between the clients and the server: it loses, delays and cuts what passes, and writes down every request that
// reached the server, with what came of it, whether the client was told or not.
import { once } from 'node:events'
import { Agent, createServer, request as send } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { pick } from '../__test__/support/random.mjs'
import { nameIn } from './bodies.mjs'
import { now } from './clock.mjs'

/**
 * One request that was sent to the server.
 * @typedef {object} Request
 * @property {string} client
 * @property {string} method
 * @property {string} key
 * @property {string} [ifMatch]
 * @property {string} [ifNoneMatch]
 * @property {string} [id] the write id that it carries
 * @property {string} [write] the name in the body that it carries
 * @property {number} sent
 * @property {number} [answered] when a whole answer was there; never, if there was none
 * @property {number} [status]
 * @property {string} [code] S3's
 * @property {string} [etag]
 * @property {string} [foundId] the write id of the object that was found
 * @property {string} [foundWrite] the name in its body
 * @property {Fate} fate
 */
/** @typedef {'passed' | 'lost' | 'late' | 'answer lost' | 'answer cut' | 'no answer'} Fate */
/** @typedef {{ head: import('node:http').IncomingMessage, body: Buffer }} Message */

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

/** @param {string} client @param {string} key @param {Message} asked @param {Fate} fate @returns {Request} */
function describe(client, key, { head, body }, fate) {
  const { headers, method = '' } = head
  return {
    client,
    method,
    key,
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
    id: oneHeader(headers['x-amz-meta-s3-store-write-id']),
    write: method === 'PUT' ? nameIn(body.toString('latin1', 0, 300)) : undefined,
    sent: now(),
    fate,
  }
}

/** @param {Message} answer */
function described({ head, body }) {
  const text = body.toString('latin1', 0, 1000)
  return {
    status: head.statusCode,
    code: head.statusCode === 200 ? undefined : /<Code>([^<]+)<\/Code>/.exec(text)?.[1],
    etag: head.headers.etag,
    foundId: oneHeader(head.headers['x-amz-meta-s3-store-write-id']),
    foundWrite: nameIn(text),
  }
}

/** Resolves when the client has given up by itself. @param {import('node:http').ServerResponse} response */
async function gone({ socket }) {
  if (socket && !socket.destroyed) await once(socket, 'close')
}

/** @param {string | string[] | undefined} value */
const oneHeader = (value) => (Array.isArray(value) ? value[0] : value)

/**
 * Sends a request once, and gives the whole answer.
 * @param {URL} node
 * @param {Agent} agent
 * @param {Message} asked
 * @returns {Promise<Message>}
 */
async function exchange({ hostname, port }, agent, { head: { method, url: path, headers }, body }) {
  const request = send({ hostname, port, agent, method, path, headers })
  request.end(body)
  const [head] = await once(request, 'response')
  return { head, body: await bodyOf(head) }
}

/** @param {Message} answer @param {import('node:http').ServerResponse} response */
function deliver({ head, body }, response) {
  // A HEAD's answer has the length of a body that is not there.
  const length = head.headers['content-length'] ?? String(body.length)
  response.writeHead(head.statusCode ?? 500, { ...endToEnd(head.headers), 'content-length': length })
  response.end(body)
}

/** The headers that are not for the connection. @param {import('node:http').IncomingHttpHeaders} headers */
function endToEnd(headers) {
  const ofConnection = ['connection', 'keep-alive', 'transfer-encoding']
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.includes(name)))
}

/** @param {import('node:http').IncomingMessage} message */
async function bodyOf(message) {
  const pieces = []
  for await (const piece of message) pieces.push(piece)
  return Buffer.concat(pieces)
}
