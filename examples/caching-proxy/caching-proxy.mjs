// An HTTP server's handler in front of a bucket. What was read is kept, and its body read again only when S3 says that it has
// changed: it is asked under If-None-Match, and answers 304 without a body when it hasn't.
import { pipeline } from 'node:stream/promises'
import { StaleDataError } from 's3-store-native'
import { Storage } from './storage.mjs'

/** @typedef {import('s3-store-native').GetResult} GetResult */
/** @typedef {import('./storage.mjs').Entry} Entry */
/**
 * @typedef {object} Options
 * @property {import('s3-store-native').S3Store} store
 * @property {string} [prefix] what keys have before the path of a URL: nothing
 * @property {number} [memory] bytes that are kept in memory, 1 KiB more than its body for each object: 64 MiB
 * @property {{ folder: string, bytes: number }} [disk] for what had to leave memory, or is too large for it: none
 * @property {number} [freshFor] how long S3 is not asked again, in milliseconds: 0
 * @property {number} [timeout] how long S3 may take to answer, with all repeats, in milliseconds: 10,000
 * @property {boolean} [staleIfError] whether what is kept is served while S3 doesn't answer, however old it is: false
 */
/**
 * @typedef {object} Found
 * @property {Entry} entry
 * @property {string} how it was found, for Cache-Status (RFC 9211)
 * @property {GetResult} [got] of what is too large to be kept: its body, for one reader
 */

export class CachingProxy {
  #options
  #kept
  /**
   * What S3 is being asked for. Whoever wants it meanwhile gets that answer; who wants what is there from now on, the `next` one.
   * @type {Map<string, { now: Promise<Found>, next?: Promise<Found> }>}
   */
  #asking = new Map()

  /** @param {Options} options */
  constructor({ memory = 64 * 1024 ** 2, disk, ...options }) {
    this.#options = { prefix: '', freshFor: 0, timeout: 10_000, staleIfError: false, ...options }
    this.#kept = new Storage(memory, disk)
  }

  /**
   * For `http.createServer`.
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  handle = async ({ method, headers, url = '' }, response) => {
    /** @type {(status: number, text: string) => void} */
    const refuse = (status, text) => {
      response.writeHead(status, { 'content-type': 'text/plain', ...(status === 405 && { allow: 'GET, HEAD' }) })
      response.end(`${text}\n`)
    }
    try {
      if (method !== 'GET' && method !== 'HEAD') return refuse(405, 'only GET and HEAD')
      const key = this.#options.prefix + decodeURIComponent(url.slice(1).replace(/\?.*/s, ''))
      // Whoever says so, or names what shall be there, gets what is there now, not what somebody else is being told.
      const anew = 'if-match' in headers || /\bno-cache\b|\bmax-age=0\b/.test(headers['cache-control'] ?? '')
      for (;;) {
        const found = await this.#find(key, anew)
        const { entry, how } = found
        const age = String(Math.floor((performance.now() - entry.asked) / 1000))
        const all = { ...entry.headers, etag: entry.etag, age, 'cache-status': `caching-proxy; ${how}` }
        const status = statusOf(headers, entry.etag)
        if (status !== 200 || method === 'HEAD') await takeBody(found)?.cancel()
        if (status === 412) return refuse(412, `the object is ${entry.etag}`)
        if (status === 304) return response.writeHead(304, all).end()
        const body = method === 'HEAD' ? '' : await this.#bodyOf(found)
        // It had to leave the disk, or has changed, just now.
        if (body === undefined) continue
        response.writeHead(200, { ...all, 'content-length': String(entry.size) })
        return typeof body === 'string' || Buffer.isBuffer(body) ? response.end(body) : await pipeline(body, response)
      }
    } catch (error) {
      const { name, code, $metadata } = /** @type {any} */ (error)
      if (response.headersSent) response.destroy()
      else if (error instanceof URIError || $metadata?.httpStatusCode === 400) refuse(400, 'this is no path')
      else if (name === 'NoSuchKey' || /^ERR_(INVALID|OUT)/.test(code ?? '')) refuse(404, 'there is no such object')
      else if ($metadata?.httpStatusCode) refuse($metadata.httpStatusCode === 403 ? 403 : 502, `S3 says: ${name}`)
      else refuse(code === 'ETIMEDOUT' ? 504 : 502, `no answer from S3: ${code ?? name}`)
    }
  }

  /** Gives up what is on the disk. */
  close() {
    return this.#kept.close()
  }

  /** @param {string} key @param {boolean} anew @returns {Promise<Found>} */
  async #find(key, anew) {
    const known = this.#kept.get(key)
    if (!anew && known && performance.now() - known.asked < this.#options.freshFor) return { entry: known, how: 'hit' }
    const asking = this.#asking.get(key)
    if (asking && !anew) return asking.now
    if (asking) {
      const again = () => this.#find(key, anew)
      return (asking.next ??= asking.now.then(again, again))
    }
    const now = this.#ask(key, known).finally(() => this.#asking.delete(key))
    this.#asking.set(key, { now })
    return now
  }

  /**
   * Asks S3 for an object, unless it is the one that is known.
   * @param {string} key
   * @param {Entry | undefined} known
   * @param {number} [tries]
   * @returns {Promise<Found>}
   */
  async #ask(key, known, tries = 3) {
    const { store, timeout, staleIfError } = this.#options
    const asked = performance.now()
    try {
      const got = await store.getObject(key, { ifNoneMatch: known?.etag, timeout })
      if (!got.notModified) return await this.#keep(key, got, asked, known)
      const entry = /** @type {Entry} */ (known)
      entry.asked = asked
      return { entry, how: 'hit; fwd=stale; fwd-status=304' }
    } catch (error) {
      // It changed while it was read.
      if (error instanceof StaleDataError && tries > 1) return this.#ask(key, known, tries - 1)
      if (known && isOutage(error) && staleIfError) return { entry: known, how: 'hit; detail=stale-if-error' }
      if (known && !isOutage(error)) await this.#kept.forget(known)
      throw error
    }
  }

  /** @param {string} key @param {GetResult} got @param {number} asked @param {Entry | undefined} known @returns {Promise<Found>} */
  async #keep(key, got, asked, known) {
    const how = known ? 'fwd=stale' : 'fwd=uri-miss'
    const size = got.response.ContentLength ?? 0
    /** @type {Entry} */
    const entry = { key, etag: got.etag, headers: headersOf(got), size, asked }
    if (this.#kept.takes(size)) {
      await this.#kept.keep(entry, got)
      return { entry, how }
    }
    if (known) await this.#kept.forget(known)
    return { entry, how, got }
  }

  /** What to send; nothing where it is gone by now, and has to be asked for again. @param {Found} found */
  async #bodyOf(found) {
    const { entry } = found
    if (entry.body || entry.file) return this.#kept.bodyOf(entry)
    // It isn't kept: a transfer for each reader.
    const { store, timeout } = this.#options
    try {
      return await (
        takeBody(found) ?? (await store.getObjectIfMatch(entry.key, entry.etag, { timeout }))
      ).asNodeStream()
    } catch (error) {
      if (!(error instanceof StaleDataError)) throw error
      return undefined
    }
  }
}

/** The body that came with the answer: of those who share that, it is the first one's. @param {Found} found */
function takeBody(found) {
  const { got } = found
  found.got = undefined
  return got
}

/** The object's own headers. Without a Cache-Control of its own, clients are to ask each time. @param {GetResult} got */
function headersOf({ response }) {
  const { ContentType, ContentDisposition, ContentEncoding, ContentLanguage, LastModified, CacheControl } = response
  const all = Object.entries({
    'content-type': ContentType,
    'content-disposition': ContentDisposition,
    'content-encoding': ContentEncoding,
    'content-language': ContentLanguage,
    'last-modified': LastModified?.toUTCString(),
    'cache-control': CacheControl ?? 'no-cache',
  })
  return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** What the client's conditions come to. @param {import('node:http').IncomingHttpHeaders} headers @param {string} etag */
function statusOf(headers, etag) {
  /** @param {string | undefined} header @param {string} weak what etags may begin with */
  const names = (header, weak) => {
    const etags = header?.split(',').map((one) => one.trim().replace(weak, '')) ?? []
    return etags.includes(etag) || etags.includes('*')
  }
  if ('if-match' in headers && !names(headers['if-match'], '')) return 412
  return names(headers['if-none-match'], 'W/') ? 304 : 200
}

/** No answer, or one that says that the server is in trouble. @param {any} error */
function isOutage(error) {
  return (error.$metadata?.httpStatusCode ?? 500) >= 500
}
