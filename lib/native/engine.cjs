'use strict'

// The engine that does the work itself: one native store, and the calls that go to it.

const { Abort, onAbort } = require('../abort.cjs')
const { isBlob } = require('../arguments.cjs')
const { readBlob, toBytes } = require('../body/given.cjs')
const { BufferedBody, StreamedBody } = require('../body/native-body.cjs')
const { beforeEnd, onceThere } = require('../control.cjs')
const { GetResult } = require('../result.cjs')
const {
  readDeleteResult,
  readGetResponse,
  readHeadResult,
  readJson,
  readLink,
  readPage,
  readWriteResult,
} = require('./answers.cjs')
const { loadBinding } = require('./binding.cjs')
const { Calls } = require('./calls.cjs')
const { CredentialsSource, CredentialsSources } = require('./credentials.cjs')
const { readCertificates } = require('./environment.cjs')

/** @typedef {import('../../index.cjs').Operation} Operation */
/** @typedef {import('../abort.cjs').Signal} Signal */
/** @typedef {import('../write-options.cjs').Delete} Delete */
/** @typedef {import('../write-options.cjs').Write} Write */
/** @typedef {import('../control.cjs').Control} Control */
/** @typedef {import('../read-options.cjs').Read} Read */
/** @typedef {import('../store.cjs').Engine} Engine */
/** @typedef {import('../store.cjs').Page} Page */

/**
 * What the native store is made of, beyond the bucket.
 * @typedef {object} NativeOptions
 * @property {string} [region]
 * @property {string} [endpoint]
 * @property {object | CredentialsSource} [credentials] credentials, or where to ask for them
 * @property {string} [profile]
 * @property {boolean} [forcePathStyle]
 * @property {boolean} [useFipsEndpoint]
 * @property {boolean} [useDualstackEndpoint]
 * @property {boolean} [useAccelerateEndpoint]
 * @property {number} [maxAttempts]
 * @property {number} [connectionTimeout]
 * @property {number} [requestTimeout]
 * @property {number} [timeout]
 * @property {number} [maxConnections]
 * @property {boolean} [recovery] whether writes carry an id, unless the call says otherwise
 * @property {'always' | 'ambiguous'} [readBack]
 * @property {'direct' | 'sdk'} [wire]
 * @property {'verify' | 'trust'} [conditions]
 * @property {string} [verifyPrefix]
 * @property {Record<string, string>} environment
 */

/** @type {{ calls: Calls, sources: CredentialsSources } | undefined} */
let shared

/** The addon, loaded with the first native store: a program that uses none needs no addon. */
function sharedCalls() {
  if (shared) return shared
  const sources = new CredentialsSources()
  const calls = new Calls(loadBinding(), (request, store) =>
    sources.answer(store, (json) => calls.engine.provideCredentials(request, json)),
  )
  shared = { calls, sources }
  return shared
}

let lastStore = 0

/** @implements {Engine} */
class NativeEngine {
  #bucket
  #calls
  #native
  #source
  #recovery

  /**
   * @param {string} bucket
   * @param {NativeOptions} options
   */
  constructor(bucket, { credentials, recovery = true, ...options }) {
    const { calls, sources } = sharedCalls()
    lastStore += 1
    this.#bucket = bucket
    this.#calls = calls
    this.#recovery = recovery
    if (credentials instanceof CredentialsSource) {
      this.#source = credentials
      sources.add(lastStore, credentials)
    }
    const json = JSON.stringify({
      ...options,
      ...readCertificates(options.endpoint, () => calls.binding.hasSystemRoots()),
      id: lastStore,
      bucket,
      credentials: this.#source ? 'callback' : credentials,
    })
    this.#native = calls.engine.openStore(json)
  }

  get name() {
    return /** @type {const} */ ('native')
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {string | undefined} etag
   * @param {Read} given
   */
  get(operation, key, etag, given) {
    const { signal, timeout } = given
    const call = this.#calls.next()
    this.#native.get(call, key, etag, timeout, signal && true, toNative(given))
    const where = { operation, bucket: this.#bucket, key }
    /** @type {import('./calls.cjs').Read} */
    const read = (etag, head, bytes) => this.#readGet(where, etag, head, bytes, given)
    return this.#calls.wait(call, read, this.#source, signal)
  }

  /**
   * @param {Operation} _operation
   * @param {string} key
   * @param {Read} given
   * @returns {Promise<any>}
   */
  head(_operation, key, given) {
    const { signal, timeout } = given
    const call = this.#calls.next()
    this.#native.head(call, key, timeout, signal && true, toNative(given))
    /** @type {import('./calls.cjs').Read} */
    const read = (etag, head) => readHeadResult(etag ?? given.ifNoneMatch, head)
    return this.#calls.wait(call, read, this.#source, signal)
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {any} body
   * @param {string | undefined} etag without one, the key must be absent
   * @param {Write} write
   * @returns {Promise<import('../result.cjs').Result>}
   */
  put(operation, key, body, etag, write) {
    if (isBlob(body)) {
      const where = { operation, bucket: this.#bucket, key }
      return onceThere(readBlob(body), write, where, (bytes, rest) => this.put(operation, key, bytes, etag, rest))
    }
    const { contentType, metadata, recovery = this.#recovery, maxAttempts, signal, timeout, request } = write
    const call = this.#calls.next()
    const flat = metadata && Object.entries(metadata).flat()
    const bytes = toBytes(body)
    const headers = request?.headers
    this.#native.put(call, key, bytes, etag, contentType, flat, recovery, maxAttempts, timeout, signal && true, headers)
    return this.#calls.wait(call, readWriteResult, this.#source, signal)
  }

  /**
   * @param {Operation} _operation
   * @param {string} key
   * @param {string | undefined} etag
   * @param {Delete} options
   * @returns {Promise<import('../result.cjs').Result>}
   */
  delete(_operation, key, etag, { idempotent, maxAttempts, signal, timeout, versionId, request }) {
    const call = this.#calls.next()
    const headers = request?.headers
    this.#native.delete(call, key, etag, idempotent, maxAttempts, timeout, signal && true, versionId, headers)
    return this.#calls.wait(call, readDeleteResult, this.#source, signal)
  }

  /**
   * @param {string} key
   * @param {string} writeId
   * @param {Read} given
   * @returns {Promise<import('../../index.cjs').WriteResolution>}
   */
  resolveWrite(key, writeId, { signal, timeout, request }) {
    const call = this.#calls.next()
    this.#native.resolveWrite(call, key, writeId, timeout, signal && true, request?.headers)
    return this.#calls.wait(call, readJson, this.#source, signal)
  }

  /**
   * @param {string} key
   * @param {import('../presign-options.cjs').Link} link
   * @returns {Promise<import('../../index.cjs').PresignedRequest>}
   */
  presign(key, link) {
    const { method, ifMatch, expiresIn, recovery = this.#recovery, signal, timeout } = link
    const call = this.#calls.next()
    const aborts = signal && true
    this.#native.presign(call, method, key, ifMatch, expiresIn, recovery, timeout, aborts, toNative(link))
    return this.#calls.wait(call, readLink, this.#source, signal)
  }

  /**
   * @param {Control} control
   * @returns {Promise<import('../../index.cjs').ProbeReport>}
   */
  probe({ signal, timeout }) {
    const call = this.#calls.next()
    this.#native.probe(call, timeout, signal && true)
    const report = this.#calls.wait(call, readJson, this.#source)
    if (!signal) return report
    // Its keys are taken away all the same, but nobody need wait for that.
    const release = onAbort(signal, () => this.#calls.engine.abort(call))
    return beforeEnd(report, new Abort(signal)).finally(release)
  }

  /**
   * @param {string | undefined} prefix
   * @param {string | undefined} continuationToken
   * @param {import('../list-options.cjs').List} list
   * @returns {Promise<Page>}
   */
  list(prefix, continuationToken, { signal, timeout, delimiter, startAfter, pageSize, request }) {
    const call = this.#calls.next()
    const options = { delimiter, startAfter, maxKeys: pageSize, headers: request?.headers }
    this.#native.list(call, prefix ?? '', continuationToken, timeout, signal && true, options)
    return this.#calls.wait(call, readPage, this.#source, signal)
  }

  /** @returns {Promise<void>} */
  close() {
    const call = this.#calls.next()
    this.#native.close(call)
    return this.#calls.wait(call, () => {}, this.#source)
  }

  /**
   * @param {import('../body/native-body.cjs').Where} where
   * @param {string | undefined} etag
   * @param {string} head
   * @param {any} bytes
   * @param {Read} given
   */
  #readGet(where, etag, head, bytes, { signal, ifNoneMatch }) {
    // Some servers leave the tag out of a 304: it is the one that was asked about.

    if (bytes === undefined) return readHeadResult(etag ?? ifNoneMatch, head)
    const body = ArrayBuffer.isView(bytes)
      ? new BufferedBody(/** @type {Buffer} */ (bytes), where)
      : new StreamedBody(bytes, this.#calls, this.#source, where, signal)
    return new GetResult(etag, undefined, () => readGetResponse(head, body), body, where)
  }
}

/**
 * What a read asks for beyond its key, if anything.
 * @param {Read} given
 */
function toNative({ range, versionId, ifNoneMatch, ifModifiedSince, request }) {
  if (!(range || versionId || ifNoneMatch || ifModifiedSince || request)) return undefined
  return {
    range,
    versionId,
    ifNoneMatch,
    ifModifiedSince: ifModifiedSince?.toUTCString(),
    query: request?.query,
    headers: request?.headers,
  }
}

module.exports = { NativeEngine }
