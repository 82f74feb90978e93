// A server that every host name leads to: it is the proxy of the process, and what stands behind it. It writes down each
// request, checks its signature if it has one, and answers as S3 might.
import { createHash, createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { constants, createSecureServer } from 'node:http2'
import { createSecureContext, TLSSocket } from 'node:tls'
import { SignatureV4 } from '@smithy/signature-v4'

export class Recorder {
  #server
  #secure
  #credentials
  #sockets = new Set()
  /** @type {WeakMap<object, number>} */
  #connections = new WeakMap()
  #connection = 0
  /** @type {{ connection: number, authority: string, method: string, path: string, query: string, headers: Record<string, string>, body: Buffer }[]} */
  requests = []

  /**
   * @param {object} options
   * @param {{ cert: string, key: string }} options.certificates for HTTPS
   * @param {{ accessKeyId: string, secretAccessKey: string, sessionToken?: string }} options.credentials what requests must be signed with
   * @param {(request: object) => (request: object, response: object) => void} options.answer what is answered (see answers.mjs)
   * @param {boolean} [options.http2] whether it is a server of HTTP/2, and nobody's proxy
   */
  static async start({ certificates, credentials, answer, http2 = false }) {
    const recorder = new Recorder()
    recorder.#credentials = credentials
    recorder.#secure = createSecureContext(certificates)
    const serve = (request, response) => recorder.#serve(request, response, answer)
    recorder.#server = http2 ? createSecureServer(certificates, serve) : createServer(serve)
    recorder.#server.on('connection', (socket) => recorder.#watch(socket))
    recorder.#server.on('connect', (request, socket) => recorder.#tunnel(request.url, socket))
    // The wildcard address of IPv6 takes IPv4, too.
    await new Promise((resolve) => recorder.#server.listen(0, '::', resolve))
    return recorder
  }

  get port() {
    return this.#server.address().port
  }

  async close() {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #watch(socket) {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
  }

  #tunnel(authority, socket) {
    this.#watch(socket)
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    const plain = new TLSSocket(socket, { isServer: true, secureContext: this.#secure })
    this.#watch(plain)
    plain.authority = authority
    this.#server.emit('connection', plain)
  }

  async #serve(request, response, answer) {
    const authority = request.socket.authority ?? ''
    if (request.stream) canBreakOff(response)
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const target = request.url.replace(/^http:\/\/[^/]+/, '')
    const [path, query = ''] = target.split(/\?(.*)/s)
    const seen = {
      connection: this.#connectionOf(request.stream?.session ?? request.socket),
      authority,
      method: request.method,
      path,
      query,
      headers: flat(request.rawHeaders),
      body: Buffer.concat(chunks),
    }
    this.requests.push(seen)
    if (seen.headers.authorization) await this.#check(seen)
    answer(seen)(seen, response)
  }

  /** A number for it. */
  #connectionOf(socket) {
    if (!this.#connections.has(socket)) this.#connections.set(socket, (this.#connection += 1))
    return this.#connections.get(socket)
  }

  /** Signs what arrived once more, by the JavaScript SDK's signer. */
  async #check(seen) {
    const [, scope, names, signature] =
      /^AWS4-HMAC-SHA256 Credential=[^/]+\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
        seen.headers.authorization,
      ) ?? []
    const [, region, service] = scope?.split('/') ?? []
    const signed = names?.split(';') ?? []
    const host = seen.headers.host ?? seen.headers[':authority']
    const signer = new SignatureV4({
      service,
      region,
      credentials: this.#credentials,
      sha256: Sha256,
      uriEscapePath: false,
      applyChecksum: false,
    })
    const again = await signer.sign(
      {
        method: seen.method,
        protocol: 'http:',
        hostname: host,
        path: seen.path,
        query: Object.fromEntries(new URLSearchParams(seen.query.replaceAll('+', '%2B'))),
        headers: Object.fromEntries(signed.map((name) => [name, name === 'host' ? host : seen.headers[name]])),
        body: seen.body,
      },
      { signingDate: dateOf(seen.headers['x-amz-date']), signableHeaders: new Set(signed) },
    )
    seen.signature = { holds: again.headers.authorization.endsWith(signature), region, service, signed }
    seen.hashHolds = seen.headers['x-amz-content-sha256'] === createHash('sha256').update(seen.body).digest('hex')
  }
}

/** HTTP/2 ends a stream where HTTP/1.1 breaks a connection. */
function canBreakOff(response) {
  const destroy = () => response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  Object.defineProperty(response, 'socket', { value: { destroy } })
}

/** Several headers of one name become one, as in the signature. @param {string[]} raw */
function flat(raw) {
  /** @type {Record<string, string>} */
  const headers = {}
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index].toLowerCase()
    headers[name] = name in headers ? `${headers[name]},${raw[index + 1]}` : raw[index + 1]
  }
  return headers
}

/** @param {string} text `20260102T030405Z` */
function dateOf(text) {
  return new Date(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

/** Node's hash, in the shape that the signer asks for. */
class Sha256 {
  #hash
  constructor(secret) {
    this.#hash = secret ? createHmac('sha256', secret) : createHash('sha256')
  }
  update(data) {
    this.#hash.update(data)
  }
  async digest() {
    return this.#hash.digest()
  }
}
