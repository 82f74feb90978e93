'use strict'

// The engine that does the work itself: one native store, and the calls that go to it.

const { Abort, onAbort } = require('../abort.cjs')
const { isBlob, isStream } = require('../arguments.cjs')
const { readBlob, toBytes } = require('../body/given.cjs')
const { BufferedBody, StreamedBody } = require('../body/native-body.cjs')
const { beforeEnd, onceThere } = require('../control.cjs')
const { Progress } = require('../progress.cjs')
const { GetResult } = require('../result.cjs')
const { areAttemptsSeen } = require('../seeing/attempts.cjs')
const { DEFAULT_UPLOAD, sizedUpload } = require('../upload-options.cjs')
const {
  readDeleteResult,
  readGetResponse,
  readHeadResult,
  readJson,
  readLink,
  readPage,
  readTags,
  readVersionsPage,
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
/** @typedef {import('../tag-options.cjs').TagAccess} TagAccess */
/** @typedef {import('../read-options.cjs').Read} Read */
/** @typedef {import('../store.cjs').Engine} Engine */
/** @typedef {import('../store.cjs').Page} Page */
/** @typedef {import('../upload-options.cjs').Upload} Upload */

/**
 * What the native store is made of, beyond the bucket.
 * @typedef {object} NativeOptions
 * @property {string} [region]
 * @property {string} [endpoint]
 * @property {object | 'anonymous' | CredentialsSource} [credentials] credentials, or where to ask for them
 * @property {string} [profile]
 * @property {boolean} [forcePathStyle]
 * @property {boolean} [useFipsEndpoint]
 * @property {boolean} [useDualstackEndpoint]
 * @property {boolean} [useAccelerateEndpoint]
 * @property {string} [ca] PEM: all that are trusted
 * @property {boolean} [dangerouslySkipTlsVerification]
 * @property {string | false} [proxy] its URL; none whatever the environment says
 * @property {number} [maxAttempts]
 * @property {number} [connectionTimeout]
 * @property {number} [requestTimeout]
 * @property {number} [timeout]
 * @property {number} [maxConnections]
 * @property {boolean} [recovery] whether writes carry an id, unless the call says otherwise
 * @property {'always' | 'ambiguous'} [readBack]
 * @property {string | false} [checksum]
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
  #maxAttempts

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
    this.#maxAttempts = options.maxAttempts
    if (credentials instanceof CredentialsSource) {
      this.#source = credentials
      sources.add(lastStore, credentials)
    }
    const json = JSON.stringify({
      ...options,
      ...readCertificates(options, () => calls.binding.hasSystemRoots()),
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
    const { signal, timeout, onProgress } = given
    const call = this.#next(operation, key)
    const progress = onProgress && new Progress(onProgress)
    this.#native.get(call, key, etag, timeout, signal && true, toNative(given))
    const where = { operation, bucket: this.#bucket, key }
    /** @type {import('./calls.cjs').Read} */
    const read = (report) => this.#readGet(where, report, given, progress)
    return this.#calls.wait(call, read, this.#source, signal)
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {Read} given
   * @returns {Promise<any>}
   */
  head(operation, key, given) {
    const { signal, timeout } = given
    const call = this.#next(operation, key)
    this.#native.head(call, key, timeout, signal && true, toNative(given))
    /** @type {import('./calls.cjs').Read} */
    const read = (report) => readHeadResult(report, given.ifNoneMatch)
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
    const upload = write.upload ?? DEFAULT_UPLOAD
    if (isStream(body)) return this.#upload(key, body, etag, write, upload)
    if (isBlob(body)) {
      if (body.size > upload.partSize && 'stream' in body) return this.#uploadBlob(key, body, etag, write, upload)
      const where = { operation, bucket: this.#bucket, key }
      return onceThere(readBlob(body), write, where, (bytes, rest) => this.put(operation, key, bytes, etag, rest))
    }
    const { contentType, metadata, recovery = this.#recovery, maxAttempts, signal, timeout, request } = write
    const call = this.#followed(this.#next(operation, key), write)
    const flat = metadata && Object.entries(metadata).flat()
    const bytes = toBytes(body)
    const headers = request?.headers
    this.#native.put(call, key, bytes, etag, contentType, flat, recovery, maxAttempts, timeout, signal && true, headers)
    return this.#calls.wait(call, readWriteResult, this.#source, signal)
  }

  /**
   * @param {string} key
   * @param {any} body
   * @param {string | undefined} etag
   * @param {Write} write
   * @param {Upload} upload
   * @returns {Promise<import('../result.cjs').Result>}
   */
  #upload(key, body, etag, write, { contentLength, partSize, concurrency }) {
    const { contentType, metadata, recovery = this.#recovery, maxAttempts, signal, timeout, request } = write
    const call = this.#followed(this.#next(etag === undefined ? 'createObject' : 'putObjectIfMatch', key), {
      ...write,
      contentLength,
    })
    const flat = metadata && Object.entries(metadata).flat()
    const native = this.#native.upload(
      ...[call, key, etag, contentType, flat, recovery, maxAttempts, timeout, signal && true, request?.headers],
      partSize,
      concurrency,
    )
    const written = this.#calls.wait(call, readWriteResult, this.#source, signal)
    // Loaded with the first one.
    const { uploadFrom } = require('./upload.cjs')
    return uploadFrom(body, contentLength, native, this.#calls, written)
  }

  /**
   * A Blob can be read again: where another writer came in between, the upload is made anew.
   * @param {string} key
   * @param {Blob} blob
   * @param {string | undefined} etag
   * @param {Write} write
   * @param {Upload} upload
   */
  #uploadBlob(key, blob, etag, write, upload) {
    const sized = sizedUpload(upload, blob.size)
    // Loaded with the first one.
    const { againAfterConflict } = require('./upload.cjs')
    return againAfterConflict(write, this.#maxAttempts, (rest) => this.#upload(key, blob, etag, rest, sized))
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {string} path
   * @param {string | undefined} etag
   * @param {Write} write
   * @returns {Promise<import('../result.cjs').Result>}
   */
  putFile(operation, key, path, etag, write) {
    const { contentType, metadata, recovery = this.#recovery, maxAttempts, signal, timeout, request } = write
    const { partSize, concurrency } = write.upload ?? DEFAULT_UPLOAD
    const call = this.#followed(this.#next(operation, key), write)
    const flat = metadata && Object.entries(metadata).flat()
    this.#native.uploadFile(
      ...[call, key, etag, contentType, flat, recovery, maxAttempts, timeout, signal && true, request?.headers],
      path,
      partSize,
      concurrency,
    )
    return this.#calls.wait(call, readWriteResult, this.#source, signal)
  }

  /**
   * @param {string} key
   * @param {string} path
   * @param {import('../file-options.cjs').Download} given
   * @returns {Promise<any>}
   */
  getFile(key, path, given) {
    const { ifMatch, signal, timeout, partSize, concurrency } = given
    const call = this.#followed(this.#next('getObjectToFile', key), given)
    this.#native.downloadFile(
      ...[call, key, ifMatch, timeout, signal && true, toNative(given), path, partSize, concurrency],
    )
    /** @type {import('./calls.cjs').Read} */
    const read = (report) => readHeadResult(report, given.ifNoneMatch)
    return this.#calls.wait(call, read, this.#source, signal)
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {string | undefined} etag
   * @param {Delete} options
   * @returns {Promise<import('../result.cjs').Result>}
   */
  delete(operation, key, etag, { idempotent, maxAttempts, signal, timeout, versionId, request }) {
    const call = this.#next(operation, key)
    const headers = request?.headers
    this.#native.delete(call, key, etag, idempotent, maxAttempts, timeout, signal && true, versionId, headers)
    return this.#calls.wait(call, readDeleteResult, this.#source, signal)
  }

  /**
   * @param {Operation} operation
   * @param {string} from
   * @param {string} to
   * @param {import('../copy-options.cjs').Copy} copy
   * @returns {Promise<import('../result.cjs').Result>}
   */
  copy(operation, from, to, { ifMatch, recovery = this.#recovery, signal, timeout, metadata, request, ...rest }) {
    const call = this.#next(operation, to)
    const flat = metadata && Object.entries(metadata).flat()
    const options = { ...rest, metadata: flat, headers: request?.headers }
    this.#native.copy(call, from, to, ifMatch, recovery, timeout, signal && true, options)
    return this.#calls.wait(call, readWriteResult, this.#source, signal)
  }

  /**
   * @param {import('../delete-objects.cjs').Name[]} names
   * @param {Delete} options
   * @returns {Promise<import('../delete-objects.cjs').Deleted>}
   */
  deleteObjects(names, { signal, timeout, request, onAttempt }) {
    const call = this.#next('deleteObjects', undefined, undefined, onAttempt)
    const flat = names.flatMap(({ key, versionId = '' }) => [key, versionId])
    this.#native.deleteObjects(call, flat, timeout, signal && true, request?.headers)
    return this.#calls.wait(call, readJson, this.#source, signal)
  }

  /**
   * @param {string} key
   * @param {string} writeId
   * @param {Read} given
   * @returns {Promise<import('../../index.cjs').WriteResolution>}
   */
  resolveWrite(key, writeId, { signal, timeout, request, onAttempt }) {
    const call = this.#next('resolveWrite', key, undefined, onAttempt)
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
    const call = this.#next('presign', key)
    const aborts = signal && true
    this.#native.presign(call, method, key, ifMatch, expiresIn, recovery, timeout, aborts, toNative(link))
    return this.#calls.wait(call, readLink, this.#source, signal)
  }

  /**
   * @param {Control} control
   * @returns {Promise<import('../../index.cjs').ProbeReport>}
   */
  probe({ signal, timeout }) {
    const call = this.#next('probe')
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
    const call = this.#next('list', undefined, prefix)
    const options = { delimiter, startAfter, maxKeys: pageSize, headers: request?.headers }
    this.#native.list(call, prefix ?? '', continuationToken, timeout, signal && true, options)
    return this.#calls.wait(call, readPage, this.#source, signal)
  }

  /**
   * @param {string | undefined} prefix
   * @param {import('../versions.cjs').Marker | undefined} marker
   * @param {import('../list-options.cjs').List} list
   * @returns {Promise<Page>}
   */
  listVersions(prefix, marker, { signal, timeout, delimiter, pageSize, request, onAttempt }) {
    const call = this.#next('listVersions', undefined, prefix, onAttempt)
    const options = { delimiter, maxKeys: pageSize, headers: request?.headers }
    this.#native.listVersions(call, prefix ?? '', marker, timeout, signal && true, options)
    return this.#calls.wait(call, readVersionsPage, this.#source, signal)
  }

  /**
   * @param {string} key
   * @param {TagAccess} access
   * @returns {Promise<Record<string, string>>}
   */
  getTags(key, { signal, timeout, versionId, request, onAttempt }) {
    const call = this.#next('getTags', key, undefined, onAttempt)
    this.#native.getTags(call, key, timeout, signal && true, versionId, request?.headers)
    return this.#calls.wait(call, readTags, this.#source, signal)
  }

  /**
   * @param {string} key
   * @param {[name: string, value: string][]} tags
   * @param {TagAccess} access
   * @returns {Promise<void>}
   */
  putTags(key, tags, { signal, timeout, versionId, request, onAttempt }) {
    const call = this.#next('putTags', key, undefined, onAttempt)
    this.#native.putTags(call, key, tags.flat(), timeout, signal && true, versionId, request?.headers)
    return this.#calls.wait(call, () => {}, this.#source, signal)
  }

  stats() {
    return this.#native.stats()
  }

  /** @returns {Promise<void>} */
  close() {
    const call = this.#calls.next()
    this.#native.close(call)
    return this.#calls.wait(call, () => {}, this.#source)
  }

  /**
   * The number for a call that is about to be made.
   * @param {Operation} operation
   * @param {string} [key]
   * @param {string} [prefix]
   * @param {(attempt: number) => void} [onAttempt]
   */
  #next(operation, key, prefix, onAttempt) {
    if (!onAttempt && !areAttemptsSeen()) return this.#calls.next()
    const place = { ...(key !== undefined && { key }), ...(prefix !== undefined && { prefix }) }
    return this.#calls.nextSeen({ operation, bucket: this.#bucket, ...place, engine: this.name }, onAttempt)
  }

  /**
   * The same, of a call that says how far it is.
   * @param {number} call
   * @param {{ onProgress?: import('../progress.cjs').OnProgress, onBytes?: (bytes: number) => void, contentLength?: number }} options
   */
  #followed(call, { onProgress, onBytes, contentLength }) {
    if (onProgress || onBytes) this.#calls.follow(call, new Progress(onProgress, contentLength, onBytes))
    return call
  }

  /**
   * @param {import('../body/native-body.cjs').Where} where
   * @param {import('./report.cjs').Report} report
   * @param {Read} given
   * @param {Progress} [progress]
   */
  #readGet(where, report, { signal, ifNoneMatch }, progress) {
    const bytes = report.body
    if (bytes === undefined) return readHeadResult(report, ifNoneMatch)
    const body = ArrayBuffer.isView(bytes)
      ? new BufferedBody(/** @type {Buffer} */ (bytes), where)
      : new StreamedBody(bytes, this.#calls, this.#source, where, signal, progress)
    const result = new GetResult(report.etag, undefined, () => readGetResponse(report, body), body, where)
    if (progress) beginReading(progress, bytes, result.response.ContentLength)
    return result
  }
}

/**
 * @param {Progress} progress
 * @param {any} body all of it, or what reads it
 * @param {number | undefined} length of what is to be read
 */
function beginReading(progress, body, length) {
  if (ArrayBuffer.isView(body)) {
    progress.begun(body.byteLength)
    progress.moved(body.byteLength)
  } else if (length !== undefined) {
    progress.begun(length)
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
