// What each client puts on the wire of a write, by a server that writes down what it gets: whether the payload is hashed into
// the signature, and whether there is a condition. No documentation is believed.
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { clients } from '../clients/index.mjs'
import { bytesOf } from '../process/operations.mjs'
import { fixedEtag } from '../servers/nginx.mjs'
import { ClientError, ClientProcess } from './child.mjs'

const SIZE = 1024

/**
 * @typedef {object} Seen
 * @property {'hashed' | 'unsigned' | 'none' | string} payload of x-amz-content-sha256
 * @property {boolean} signed whether there was a signature at all
 * @property {boolean} conditional
 * @property {string[]} checksums other sums that were sent with it
 * @property {number} requests how many the write took
 */

/**
 * @param {string[]} names
 * @param {import('../servers/certificates.mjs').Certificates} certificates
 * @returns {Promise<Record<string, { http?: Seen, https?: Seen, error?: string }>>}
 */
export async function payloads(names, certificates) {
  /** @type {Record<string, { http?: Seen, https?: Seen, error?: string }>} */
  const found = {}
  for (const protocol of /** @type {const} */ (['http', 'https'])) {
    const recorder = await startRecorder(protocol, certificates)
    try {
      for (const name of names) {
        const requests = recorder.take()
        try {
          await write(name, recorder.endpoint, protocol === 'https' ? certificates : undefined)
          found[name] = { ...found[name], [protocol]: read(requests.splice(0)) }
        } catch (error) {
          if (!(error instanceof ClientError)) throw error
          found[name] = { ...found[name], error: `${protocol}: ${error.message}` }
        }
      }
    } finally {
      recorder.close()
    }
  }
  return found
}

/** @param {string} name @param {string} endpoint @param {import('../servers/certificates.mjs').Authority} [authority] */
async function write(name, endpoint, authority) {
  const process = new ClientProcess(name, authority)
  const place = { endpoint, region: 'us-east-1', accessKeyId: 'a', secretAccessKey: 'b', bucket: 'bench', trust: true }
  const work = { verb: 'put', size: SIZE, inFlight: 1, prefix: 'put/', etag: fixedEtag }
  try {
    await process.ask('open', { name, place, work, warmUp: { ms: 0, operations: 1 } })
  } finally {
    await process.end()
  }
}

/** @param {'http' | 'https'} protocol @param {{ cert: string, key: string }} certificates */
async function startRecorder(protocol, certificates) {
  /** @type {{ method: string, headers: import('node:http').IncomingHttpHeaders }[]} */
  let requests = []
  /** @type {import('node:http').RequestListener} */
  const listener = (request, response) => {
    requests.push({ method: String(request.method), headers: request.headers })
    request.resume().on('end', () => response.writeHead(200, { etag: fixedEtag }).end())
  }
  const server = protocol === 'http' ? createServer(listener) : createSecureServer(certificates, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    endpoint: `${protocol}://127.0.0.1:${port}`,
    take: () => (requests = []),
    close: () => server.close().closeAllConnections(),
  }
}

/** @param {{ method: string, headers: import('node:http').IncomingHttpHeaders }[]} requests @returns {Seen} */
function read(requests) {
  const headers = requests.find(({ method }) => method === 'PUT')?.headers ?? {}
  const hash = String(headers['x-amz-content-sha256'] ?? 'none')
  const own = createHash('sha256').update(bytesOf(SIZE)).digest('hex')
  const names = { [own]: 'hashed', 'UNSIGNED-PAYLOAD': 'unsigned' }
  return {
    payload: names[hash] ?? hash,
    signed: /Signature=/.test(String(headers.authorization)),
    conditional: 'if-match' in headers || 'if-none-match' in headers,
    checksums: Object.keys(headers).filter((name) => /^x-amz-checksum-|^content-md5$/.test(name)),
    requests: requests.length,
  }
}

/** The clients whose writes can be looked at. */
export const writers = Object.keys(clients).filter((name) => clients[name].kind !== 'floor' || name === 'undici')
