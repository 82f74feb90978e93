// HTTP messages on their way through the proxy, and what is written down of them.
import { once } from 'node:events'
import { request as send } from 'node:http'
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

/**
 * What is known of a request when it is sent.
 * @param {string} client
 * @param {string} key
 * @param {Message} asked
 * @param {Fate} fate
 * @returns {Request}
 */
export function describe(client, key, { head, body }, fate) {
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

/** What an answer adds. @param {Message} answer */
export function described({ head, body }) {
  const text = body.toString('latin1', 0, 1000)
  return {
    status: head.statusCode,
    code: head.statusCode === 200 ? undefined : /<Code>([^<]+)<\/Code>/.exec(text)?.[1],
    etag: head.headers.etag,
    foundId: oneHeader(head.headers['x-amz-meta-s3-store-write-id']),
    foundWrite: nameIn(text),
  }
}

/** @param {string | string[] | undefined} value */
const oneHeader = (value) => (Array.isArray(value) ? value[0] : value)

/**
 * Sends a request once, and gives the whole answer.
 * @param {URL} node
 * @param {import('node:http').Agent} agent
 * @param {Message} asked
 * @returns {Promise<Message>}
 */
export async function exchange({ hostname, port }, agent, { head: { method, url: path, headers }, body }) {
  const request = send({ hostname, port, agent, method, path, headers })
  request.end(body)
  const [head] = await once(request, 'response')
  return { head, body: await bodyOf(head) }
}

/** @param {Message} answer @param {import('node:http').ServerResponse} response */
export function deliver({ head, body }, response) {
  // A HEAD's answer has the length of a body that is not there.
  const length = head.headers['content-length'] ?? String(body.length)
  response.writeHead(head.statusCode ?? 500, { ...endToEnd(head.headers), 'content-length': length })
  response.end(body)
}

/** The headers that are not for the connection. @param {import('node:http').IncomingHttpHeaders} headers */
export function endToEnd(headers) {
  const ofConnection = ['connection', 'keep-alive', 'transfer-encoding']
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.includes(name)))
}

/** @param {import('node:http').IncomingMessage} message */
export async function bodyOf(message) {
  const pieces = []
  for await (const piece of message) pieces.push(piece)
  return Buffer.concat(pieces)
}
