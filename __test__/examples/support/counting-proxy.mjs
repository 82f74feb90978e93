// An HTTP proxy in front of a server that counts what goes over the wire: each request, with the status and the bytes of the body
// that it was answered with.
import { once } from 'node:events'
import { createServer, request as requestOf } from 'node:http'

/** @typedef {{ method: string, key: string, status: number, bytes: number }} Seen */

export class CountingProxy {
  #server
  /** @type {Seen[]} answered requests, in the order in which the answers began */
  seen = []

  /** @param {{ endpoint: string }} target */
  static async start({ endpoint }) {
    const { hostname, port } = new URL(endpoint)
    const proxy = new CountingProxy()
    proxy.#server = createServer((request, response) => {
      const { method, url, headers } = request
      // The host stays the one that was signed.
      const onward = requestOf({ hostname, port, method, path: url, headers, agent: false }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers)
        const [, ...key] = url.split('?')[0].slice(1).split('/')
        const seen = { method, key: decodeURIComponent(key.join('/')), status: answer.statusCode, bytes: 0 }
        // Counted before it is passed on: whoever has the answer finds it here.
        proxy.seen.push(seen)
        answer.on('data', (chunk) => (seen.bytes += chunk.length))
        answer.on('error', () => response.destroy())
        answer.pipe(response)
      })
      onward.on('error', () => response.destroy())
      response.on('close', () => onward.destroy())
      request.pipe(onward)
    }).listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    proxy.endpoint = `http://127.0.0.1:${proxy.#server.address().port}`
    return proxy
  }

  /** What was answered meanwhile. @param {() => Promise<unknown>} work */
  async during(work) {
    const from = this.seen.length
    await work()
    return this.seen.slice(from)
  }

  async close() {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
