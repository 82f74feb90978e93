// An HTTP proxy as companies have them: it forwards plain HTTP, tunnels the rest, and lets in who has the password.
import { createServer, request as requestOf } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect } from 'node:net'

/** @typedef {{ method: string, target: string }} Seen */

/**
 * @param {object} [options]
 * @param {string} [options.authorization] what it must be told (`user:password`)
 * @param {{ cert: string, key: string }} [options.certificates] makes it speak TLS
 */
export async function startProxy({ authorization, certificates } = {}) {
  /** @type {Seen[]} */
  const seen = []
  const sockets = new Set()
  const watch = (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  const expected = authorization && `Basic ${Buffer.from(authorization).toString('base64')}`
  const letsIn = ({ headers }) => !expected || headers['proxy-authorization'] === expected

  const server = certificates ? createSecureServer(certificates) : createServer()
  server.on('connection', watch)
  server.on('request', (request, response) => {
    seen.push({ method: request.method, target: request.url })
    if (!letsIn(request)) return response.writeHead(407, { 'proxy-authenticate': 'Basic' }).end()
    const { 'proxy-authorization': _, ...headers } = request.headers
    const onward = requestOf(request.url, { method: request.method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  server.on('connect', (request, socket) => {
    seen.push({ method: 'CONNECT', target: request.url })
    watch(socket)
    if (!letsIn(request)) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
    const { hostname, port } = new URL(`http://${request.url}`)
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    watch(onward)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    seen,
    url: `${certificates ? 'https' : 'http'}://127.0.0.1:${server.address().port}`,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
