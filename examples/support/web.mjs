// A small web server for the examples that have a page: it answers a Request with a Response, as the web has them, so that what makes
// the answers can be lifted into any framework.
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname } from 'node:path'
import { buffer } from 'node:stream/consumers'

/** @typedef {(request: Request) => Promise<Response | undefined>} Answer undefined: not its business */

const methods = ['GET', 'HEAD', 'POST']
const types = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
})

/**
 * Serves on this machine alone.
 * @param {Answer[]} answers the first that has one
 * @param {{ port?: number, maxBytes?: number }} [options] `maxBytes`: of a body
 */
export async function serve(answers, { port = 0, maxBytes = 4 * 1024 * 1024 } = {}) {
  const server = createServer(async (incoming, outgoing) => {
    const response = await answer(incoming).catch((error) => {
      console.error(error)
      return Response.json({ error: 'The server failed; its terminal says why.' }, { status: 500 })
    })
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    outgoing.end(Buffer.from(await response.arrayBuffer()))
  })

  /** @param {import('node:http').IncomingMessage} incoming */
  async function answer(incoming) {
    // A body without a length is refused: it could be of any.
    const length = Number(incoming.headers['content-length'] ?? (incoming.headers['transfer-encoding'] ? NaN : 0))
    if (!(length <= maxBytes)) return new Response(undefined, { status: 413, headers: { connection: 'close' } })
    const { method = 'GET', url = '/', headers } = incoming
    // A page of elsewhere whose name was made to lead here (DNS rebinding) says that name.
    if (!isHere(headers.host)) return new Response(`Ask ${address()}`, { status: 421 })
    const target = URL.canParse(url, address()) && new URL(url, address())
    if (!target || target.origin !== address()) return new Response(undefined, { status: 400 })
    if (!methods.includes(method)) return new Response(undefined, { status: 405, headers: { allow: `${methods}` } })
    const hasBody = length > 0 && method !== 'GET' && method !== 'HEAD'
    const request = new Request(target, {
      method,
      headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
      ...(hasBody && { body: await buffer(incoming) }),
    })
    for (const candidate of answers) {
      const response = await candidate(request)
      if (response) return response
    }
    return new Response('There is nothing here.', { status: 404 })
  }

  /** @param {string | undefined} host as the client calls this server: by its address, or as this machine */
  function isHere(host) {
    const { host: here } = new URL(address())
    return host === here || host === here.replace('127.0.0.1', 'localhost')
  }

  function address() {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    return new URL(`http://127.0.0.1:${port}`).origin
  }

  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: address(),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * The files of a folder, and its `index.html` for every path that isn't one of them and has no dot.
 * @param {URL} folder ends with a slash
 * @returns {Promise<Answer>}
 */
export async function page(folder) {
  const files = new Set(await readdir(folder))
  return async ({ method, url }) => {
    const name = new URL(url).pathname.slice(1)
    const file = files.has(name) ? name : 'index.html'
    if (method !== 'GET' || (file !== name && /[./]/.test(name))) return undefined
    const headers = { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'cache-control': 'no-cache' }
    return new Response(await readFile(new URL(file, folder)), { headers })
  }
}
