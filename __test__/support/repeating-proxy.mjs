// An HTTP proxy that sends each PUT and DELETE twice and hands back the last answer, as one between two upstreams may.
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import { buffer } from 'node:stream/consumers'

export class RepeatingProxy {
  #target
  #server
  #agent = new Agent({ keepAlive: true })
  /** How many requests were sent twice. */
  repeated = 0

  /**
   * Starts in front of a server. What it gives can be opened in its place: the fields that engines read are the same.
   * @param {{ endpoint: string }} server
   */
  static async start(server) {
    const proxy = new RepeatingProxy()
    proxy.#target = new URL(server.endpoint)
    proxy.#server = createServer((incoming, response) => {
      proxy.#serve(incoming, response).catch((error) => response.destroy(error))
    }).listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    const endpoint = `http://127.0.0.1:${proxy.#server.address().port}`
    return Object.assign(proxy, { ...server, name: `${server.name}, repeating`, endpoint })
  }

  async close() {
    this.#agent.destroy()
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #serve(incoming, response) {
    const body = await buffer(incoming)
    let answer = await this.#pass(incoming, body)
    if (['PUT', 'DELETE'].includes(incoming.method)) {
      this.repeated += 1
      answer = await this.#pass(incoming, body)
    }
    response.writeHead(answer.status, answer.headers)
    response.end(answer.body)
  }

  /** The headers go as they came, `Host` too: they are signed. */
  async #pass({ method, url, rawHeaders }, body) {
    const { hostname, port } = this.#target
    const asking = request({ hostname, port, path: url, method, headers: rawHeaders, agent: this.#agent })
    asking.end(body)
    const [answer] = await once(asking, 'response')
    return { status: answer.statusCode, headers: answer.rawHeaders, body: await buffer(answer) }
  }
}
