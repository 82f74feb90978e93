// What is done again and again, for each kind of work: given a client, one lane of calls, each after the other.

/**
 * @typedef {object} Work
 * @property {'get' | 'put' | 'stream' | 'getJson' | 'roundTrip' | 'list'} verb
 * @property {number} size of an object in bytes; of a listing, its keys
 * @property {number} inFlight how many calls are under way at any time
 * @property {string} [prefix] of the keys that this client may write
 * @property {string} [etag] of what is there before the first write
 */
/** @typedef {import('../clients/index.mjs').Client} Client */

/**
 * @param {Client} client
 * @param {Work} work
 * @returns {(() => Promise<void>)[]} as many lanes as calls are to be in flight
 */
export function lanesOf(client, work) {
  const make = makers[work.verb]
  return Array.from({ length: work.inFlight }, (_, lane) => make(client, work, lane))
}

/** @type {Record<Work['verb'], (client: any, work: Work, lane: number) => () => Promise<void>>} */
const makers = {
  get(client, { size }) {
    const key = `get-${size}`
    return async () => expectBytes((await client.get(key)).byteLength, size)
  },

  put(client, { size, prefix, etag }, lane) {
    const key = `${prefix}${lane}`
    const body = bytesOf(size)
    let current = etag
    return async () => {
      current = (await client.put(key, body, current)) ?? current
    }
  },

  stream(client, { size }) {
    const key = `get-${size}`
    return async () => {
      let bytes = 0
      await client.stream(key, (piece) => (bytes += piece.byteLength))
      expectBytes(bytes, size)
    }
  },

  getJson(client, { size }) {
    const key = `json-${size}`
    return async () => expectBytes((await client.getJson(key)).size, size)
  },

  roundTrip(client, { size, prefix, etag }, lane) {
    const read = makers.getJson(client, { size, verb: 'getJson', inFlight: 1 }, lane)
    const value = JSON.parse(jsonOf(size))
    let current = etag
    return async () => {
      current = (await client.putJson(`${prefix}${lane}`, value, current)) ?? current
      await read()
    }
  },

  list(client, { size }) {
    return async () => expectBytes(await client.list(), size)
  },
}

/** @param {number} found @param {number} expected */
function expectBytes(found, expected) {
  if (found !== expected) throw new Error(`got ${found} instead of ${expected}`)
}

/**
 * Bytes that no compression and no cache of equal ones can make little of.
 * @param {number} size
 */
export function bytesOf(size) {
  const bytes = Buffer.alloc(size)
  let state = 1
  for (let at = 0; at < size; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

/**
 * A JSON document of about so many bytes: a list of small records, as documents are, and the size by which it is recognised.
 * @param {number} size
 */
export function jsonOf(size) {
  const rows = []
  const head = `{"size":${size},"rows":[`
  let length = head.length + 2
  for (let id = 0; ; id += 1) {
    const row = JSON.stringify({
      id,
      name: `row number ${id}`,
      tags: ['one', 'two'],
      ratio: id / 7,
      active: id % 2 === 0,
    })
    length += row.length + 1
    if (length > size) break
    rows.push(row)
  }
  return `${head}${rows.join(',')}]}`
}
