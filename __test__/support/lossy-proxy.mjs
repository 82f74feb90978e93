// A TCP proxy that loses answers: it breaks the connection before a request is passed on, or when its answer has come back.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

// An answer that was lost leaves in doubt what a request that was lost does not: most losses are of that kind.
const lostAfter = 0.75
const lostByReset = 0.5

export class LossyProxy {
  #target
  #random
  #server
  #sockets = new Set()
  /** The share of requests that get no answer. May be changed at any time. */
  loss = 0
  /** How many requests came, and how many of them got no answer. */
  counts = { requests: 0, lost: 0 }
  /** @type {Set<string>} methods and paths of the requests that were answered */
  #answered = new Set()

  /**
   * Starts in front of a server. What it gives can be opened in its place: the fields that engines read are the same.
   * @param {{ endpoint: string }} server
   * @param {() => number} random
   */
  static async start(server, random) {
    const proxy = new LossyProxy()
    proxy.#target = new URL(server.endpoint)
    proxy.#random = random
    proxy.#server = createServer((client) => proxy.#serve(client)).listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    const endpoint = `http://127.0.0.1:${proxy.#server.address().port}`
    return Object.assign(proxy, { ...server, name: `${server.name}, lossy`, endpoint })
  }

  async close() {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Whether an answer to such a request came through. */
  answered(method, path) {
    return this.#answered.has(`${method} ${path}`)
  }

  /** Requests come one after the other: what a client sends when it has an answer begins the next one. */
  #serve(client) {
    const upstream = connect(Number(this.#target.port), this.#target.hostname)
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    let fate
    let isAnswered = true
    let request
    client.on('data', (bytes) => {
      if (isAnswered) {
        fate = this.#draw()
        isAnswered = false
        request = /^[A-Z]+ [^ ?]+/.exec(bytes.toString('latin1'))?.[0]
      }
      if (fate === 'lost before') this.#break(client)
      else upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      isAnswered = true
      if (fate === 'lost after') return this.#break(client)
      this.#answered.add(request)
      return client.write(bytes)
    })
  }

  /** What becomes of the next request. */
  #draw() {
    this.counts.requests += 1
    if (this.#random() >= this.loss) return 'passed'
    this.counts.lost += 1
    return this.#random() < lostAfter ? 'lost after' : 'lost before'
  }

  #break(client) {
    // One that is ending, because its client has, can't be reset (EINVAL): Node 20 then never closes it, and at its exit waits for
    // that at full speed.
    if (this.#random() < lostByReset && !client.writableEnded) client.resetAndDestroy()
    else client.destroy()
  }
}
