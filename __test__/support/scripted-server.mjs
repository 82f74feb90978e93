// A local HTTP server that answers what a test tells it to: for answers that real servers don't give on demand.
import { createServer } from 'node:http'

const keys = { region: 'us-east-1', accessKeyId: 'scripted-access-key', secretAccessKey: 'scripted-secret-access-key' }

export class ScriptedServer {
  #server
  #answers = []
  #sockets = new Set()
  /** Every request that arrived: `{ method, path, query, headers, body }`. */
  requests = []
  /** How many connections were ever accepted. */
  accepted = 0

  static async start(...answers) {
    const scripted = new ScriptedServer()
    scripted.answer(...answers)
    await scripted.#listen()
    return scripted
  }

  /** Opens on a free port, in place of a real server: the fields that engines read are the same. */
  async #listen() {
    this.#server = createServer((request, response) => this.#serve(request, response))
    this.#server.on('connection', (socket) => {
      this.accepted += 1
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
    })
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    Object.assign(this, keys, {
      name: 'scripted',
      port: this.#server.address().port,
      endpoint: `http://127.0.0.1:${this.#server.address().port}`,
    })
  }

  /** The answers to the requests to come, in order. The last one is given again and again. */
  answer(...answers) {
    this.#answers = answers
    this.requests = []
  }

  /** How many requests were like the first: what a write looks at afterwards is no attempt of it. */
  get attempts() {
    return this.requests.filter(({ method }) => method === this.requests[0].method).length
  }

  /** How many connections are open now. */
  get open() {
    return this.#sockets.size
  }

  async close() {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request, response) {
    const chunks = []
    request.on('error', () => {})
    response.on('error', () => {})
    const url = new URL(request.url, 'http://scripted')
    const seen = {
      method: request.method,
      path: request.url.split('?')[0],
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      host: request.headers.host,
    }
    for await (const chunk of request) chunks.push(chunk)
    seen.body = Buffer.concat(chunks)
    this.requests.push(seen)
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0]
    if (!answer) throw new Error(`no answer was scripted for ${seen.method} ${request.url}`)
    await answer(seen, response)
  }
}
