// A floor: HTTP in JavaScript without a signature, an error's meaning or a retry.
import { readFileSync } from 'node:fs'
import { Pool } from 'undici'
import { connections } from './index.mjs'

/** @param {import('./index.mjs').Place} place @returns {import('./index.mjs').Client} */
export function open({ endpoint, bucket }) {
  // Its default context is not that of NODE_EXTRA_CA_CERTS in every Node.js, when it is not Node's own undici.
  const file = process.env.NODE_EXTRA_CA_CERTS
  const pool = new Pool(endpoint, { connections, connect: file ? { ca: readFileSync(file) } : {} })
  const send = async (key, options) => {
    const response = await pool.request({ path: `/${bucket}/${key}`, method: 'GET', ...options })
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`)
    return response
  }
  return {
    get: async (key) => (await send(key)).body.arrayBuffer(),
    async put(key, body, etag) {
      const response = await send(key, { method: 'PUT', body, headers: { 'if-match': etag } })
      await response.body.dump()
      return String(response.headers.etag)
    },
    async stream(key, take) {
      for await (const piece of (await send(key)).body) take(piece)
    },
    getJson: async (key) => (await send(key)).body.json(),
  }
}
