'use strict'

// The engine that leaves the work to the client: one `send` for each call, with nothing added that the caller didn't ask for.

const { Aborted } = require('../abort.cjs')
const { isBlob, isStream } = require('../arguments.cjs')
const { ClientBody } = require('../body/client-body.cjs')
const { copyBody, readBlob } = require('../body/given.cjs')
const { abortOf, isUncontrolled } = require('../control.cjs')
const { UnsupportedFailure } = require('../failures.cjs')
const { GetResult, HeadResult, NotModifiedResult, Result } = require('../result.cjs')
const { areAttemptsSeen, tellOf } = require('../seeing/attempts.cjs')
const { UnderWay } = require('../under-way.cjs')
const { DEFAULT_UPLOAD } = require('../upload-options.cjs')
const { inOrder } = require('../versions.cjs')
const { noteAttempts } = require('./attempts.cjs')
const { plainCommands, sdkCommands } = require('./commands.cjs')
const { hasSdkSend } = require('./sdk-client.cjs')

/** @typedef {import('../../index.cjs').Operation} Operation */
/** @typedef {import('../abort.cjs').Signal} Signal */
/** @typedef {import('../write-options.cjs').Write} Write */
/** @typedef {import('../control.cjs').Control} Control */
/** @typedef {import('../read-options.cjs').Read} Read */
/** @typedef {import('../tag-options.cjs').TagAccess} TagAccess */
/** @typedef {import('../error-parts.cjs').Where} Where */
/** @typedef {import('../store.cjs').Engine} Engine */
/** @typedef {import('../store.cjs').Page} Page */
/** @typedef {{ abortSignal: Signal | undefined }} SendOptions */
/** @typedef {{ send(command: any, options?: SendOptions): any }} Client */
/** @typedef {(command: any) => Promise<any>} Send */

/** @implements {Engine} */
class DelegatedEngine {
  #bucket
  #client
  #isSdk
  #underWay = new UnderWay()
  /** @type {import('./commands.cjs').Commands | undefined} */
  #loaded

  /**
   * @param {string} bucket
   * @param {Client} client
   * @param {boolean} isSdk whether it is a client of the SDK
   */
  constructor(bucket, client, isSdk) {
    this.#bucket = bucket
    this.#client = client
    this.#isSdk = isSdk
  }

  get name() {
    return /** @type {const} */ ('client')
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {string | undefined} etag
   * @param {Read} read
   */
  get(operation, key, etag, read) {
    const condition = operation === 'getObjectIfMatch' ? { IfMatch: etag } : undefined
    const where = { operation, bucket: this.#bucket, key }
    const get = async (/** @type {Send} */ send) => {
      const { GetObjectCommand } = this.#commands()
      const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key, ...condition, ...fieldsOf(read) })
      return await orNotModified(read, async () => {
        const response = await send(command)
        return new GetResult(response?.ETag, response, undefined, new ClientBody(response, where, read.signal), where)
      })
    }
    // What comes when nobody waits any more must not keep its connection.
    return this.#make(where, read, get, (late) => late instanceof GetResult && late.cancel())
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {Read} read
   */
  head(operation, key, read) {
    return this.#make({ operation, bucket: this.#bucket, key }, read, async (send) => {
      const { HeadObjectCommand } = this.#commands()
      const command = new HeadObjectCommand({ Bucket: this.#bucket, Key: key, ...fieldsOf(read) })
      return await orNotModified(read, async () => {
        const response = await send(command)
        return new HeadResult(response?.ETag, response)
      })
    })
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {any} body
   * @param {string | undefined} etag
   * @param {Write} write
   */
  put(operation, key, body, etag, write) {
    const where = { operation, bucket: this.#bucket, key }
    return this.#make(where, write, (send) => this.#put(send, where, body, etag, write))
  }

  /**
   * @param {Send} send
   * @param {Where} where
   * @param {any} body
   * @param {string | undefined} etag
   * @param {Write} write
   */
  async #put(send, { operation, bucket, key }, body, etag, { contentType, metadata, request, upload, onBytes }) {
    const { PutObjectCommand } = this.#commands()
    const whole = isStream(body) ? await collect(body, upload) : body
    onBytes?.(whole.byteLength)
    const given = this.#isSdk ? await forSdk(copyBody(whole)) : whole
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: given,
      ContentType: contentType,
      Metadata: metadata,
      ...(operation === 'createObject' ? { IfNoneMatch: '*' } : { IfMatch: etag }),
      ...request?.fields,
    })
    const isCounting = this.#isSdk && hasSdkSend(/** @type {any} */ (this.#client))
    try {
      const response = await send(command)
      return new Result(response?.ETag, response)
    } catch (thrown) {
      noteAttempts(thrown, isCounting)
      throw thrown
    }
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {string | undefined} etag
   * @param {import('../write-options.cjs').Delete} options
   */
  delete(operation, key, etag, options) {
    const condition = operation === 'deleteObjectIfMatch' ? { IfMatch: etag } : undefined
    return this.#make({ operation, bucket: this.#bucket, key }, options, async (send) => {
      const { DeleteObjectCommand } = this.#commands()
      const command = new DeleteObjectCommand({
        Bucket: this.#bucket,
        Key: key,
        ...condition,
        ...deleteFieldsOf(options),
      })
      const response = await send(command)
      return new Result(undefined, response)
    })
  }

  /**
   * @param {import('../delete-objects.cjs').Name[]} names
   * @param {import('../write-options.cjs').Delete} options
   * @returns {Promise<import('../delete-objects.cjs').Deleted>}
   */
  deleteObjects(names, options) {
    return this.#make({ operation: 'deleteObjects', bucket: this.#bucket }, options, async (send) => {
      const { DeleteObjectsCommand } = this.#commands()
      const Objects = names.map(({ key, versionId }) => ({ Key: key, ...(versionId && { VersionId: versionId }) }))
      const command = new DeleteObjectsCommand({
        Bucket: this.#bucket,
        Delete: { Objects },
        ...deleteFieldsOf(options),
      })
      const { Deleted = [], Errors = [] } = Object(await send(command))
      return { Deleted, Errors }
    })
  }

  /**
   * @param {Operation} operation
   * @returns {Promise<never>}
   */
  async copy(operation) {
    throw new UnsupportedFailure(`${operation} needs the native engine: a copy takes more than one command`)
  }

  /** @returns {Promise<never>} */
  async resolveWrite() {
    throw new UnsupportedFailure('resolveWrite needs the native engine: what goes through client.send has no write id')
  }

  /** @returns {Promise<never>} */
  async putFile() {
    throw new UnsupportedFailure('writing a file needs the native engine, which sends it in parts')
  }

  /** @returns {Promise<never>} */
  async getFile() {
    throw new UnsupportedFailure('reading into a file needs the native engine, which asks for its parts')
  }

  /** @returns {Promise<never>} */
  async presign() {
    throw new UnsupportedFailure('presign needs the native engine: a client has no command that only signs')
  }

  /** @returns {Promise<never>} */
  async probe() {
    throw new UnsupportedFailure('probe needs the native engine: a client repeats requests as it sees fit')
  }

  /**
   * @param {string | undefined} prefix
   * @param {string | undefined} continuationToken
   * @param {import('../list-options.cjs').List} list
   * @returns {Promise<Page>}
   */
  list(prefix, continuationToken, list) {
    const where = { operation: /** @type {const} */ ('list'), bucket: this.#bucket, ...(prefix && { prefix }) }
    return this.#make(where, list, async (send) => {
      const { ListObjectsV2Command } = this.#commands()
      const { delimiter, startAfter, pageSize, request } = list
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: prefix,
        ContinuationToken: continuationToken,
        ...(delimiter && { Delimiter: delimiter }),
        ...(startAfter && { StartAfter: startAfter }),
        ...(pageSize && { MaxKeys: pageSize }),
        ...request?.fields,
      })
      const response = await send(command)
      return {
        contents: response?.Contents ?? [],
        commonPrefixes: response?.CommonPrefixes?.map((/** @type {any} */ { Prefix }) => Prefix),
        isTruncated: response?.IsTruncated === true,
        next: response?.NextContinuationToken,
        attempts: response?.$metadata?.attempts,
      }
    })
  }

  /**
   * @param {string | undefined} prefix
   * @param {import('../versions.cjs').Marker | undefined} marker
   * @param {import('../list-options.cjs').List} list
   * @returns {Promise<Page>}
   */
  listVersions(prefix, marker, { signal, timeout, delimiter, pageSize, request, onAttempt }) {
    return this.#make(
      { operation: 'listVersions', bucket: this.#bucket },
      { signal, timeout, onAttempt },
      async (send) => {
        const { ListObjectVersionsCommand } = this.#commands()
        const command = new ListObjectVersionsCommand({
          Bucket: this.#bucket,
          Prefix: prefix,
          ...(marker && { KeyMarker: marker.key }),
          ...(marker?.versionId && { VersionIdMarker: marker.versionId }),
          ...(delimiter && { Delimiter: delimiter }),
          ...(pageSize && { MaxKeys: pageSize }),
          ...request?.fields,
        })
        const response = Object(await send(command))
        const { Versions = [], DeleteMarkers = [], CommonPrefixes, IsTruncated, NextKeyMarker } = response
        const told = (/** @type {any[]} */ rows, /** @type {boolean} */ IsDeleteMarker) =>
          rows.map((row) => ({ ...row, IsDeleteMarker }))
        return {
          contents: inOrder([...told(Versions, false), ...told(DeleteMarkers, true)]),
          commonPrefixes: CommonPrefixes?.map((/** @type {any} */ { Prefix }) => Prefix),
          isTruncated: IsTruncated === true,
          next: NextKeyMarker && { key: NextKeyMarker, versionId: response.NextVersionIdMarker },
        }
      },
    )
  }

  /**
   * @param {string} key
   * @param {TagAccess} access
   * @returns {Promise<Record<string, string>>}
   */
  getTags(key, access) {
    return this.#make({ operation: 'getTags', bucket: this.#bucket, key }, access, async (send) => {
      const { GetObjectTaggingCommand } = this.#commands()
      const command = new GetObjectTaggingCommand({ Bucket: this.#bucket, Key: key, ...fieldsOf(access) })
      const response = await send(command)
      const tags = response?.TagSet ?? []
      return Object.fromEntries(tags.map((/** @type {any} */ { Key, Value }) => [Key, Value]))
    })
  }

  /**
   * @param {string} key
   * @param {[name: string, value: string][]} tags
   * @param {TagAccess} access
   * @returns {Promise<void>}
   */
  putTags(key, tags, access) {
    return this.#make({ operation: 'putTags', bucket: this.#bucket, key }, access, async (send) => {
      const { PutObjectTaggingCommand } = this.#commands()
      const TagSet = tags.map(([Key, Value]) => ({ Key, Value }))
      await send(
        new PutObjectTaggingCommand({ Bucket: this.#bucket, Key: key, Tagging: { TagSet }, ...fieldsOf(access) }),
      )
    })
  }

  /** The client stays as it is: it is the caller's. */
  async close() {
    await this.#underWay.end()
  }

  /** What a client does is its own. */
  stats() {
    return {}
  }

  /**
   * Makes a call until it has its answer or its end. The client is told of the end; one that doesn't listen is left to itself.
   * @template T
   * @param {Where} where
   * @param {Control & { onProgress?: import('../progress.cjs').OnProgress }} control
   * @param {(send: Send) => Promise<T>} call
   * @param {(late: T) => void} [giveUp] what is to be done about an answer that comes after the end
   * @returns {Promise<T>}
   */
  async #make(where, control, call, giveUp = () => {}) {
    if (control.onProgress)
      throw new UnsupportedFailure('onProgress needs the native engine: a client moves bytes out of sight')
    /** An answer, with its attempts told. */
    const told = (/** @type {any} */ answer) => {
      control.onAttempt?.(Object(answer).$metadata?.attempts)
      return answer
    }
    if (isUncontrolled(control)) {
      return await this.#underWay.add(call(async (command) => told(await this.#send(where, command))))
    }
    const abort = abortOf(control, where)
    try {
      const options = { abortSignal: abort.signal }
      const sending = call(async (command) => {
        // Aborted while the body was read.
        if (abort.aborted) throw new Aborted(abort.reason)
        return told(await this.#send(where, command, options))
      })
      const answer = this.#underWay.add(sending)
      const settled = await abort.orEnd(answer)
      if (settled) return settled.value
      answer.then(giveUp, () => {})
      throw new Aborted(abort.reason)
    } finally {
      abort.release()
    }
  }

  /**
   * @param {Where} where
   * @param {any} command
   * @param {[options?: SendOptions]} options
   */
  async #send(where, command, ...options) {
    const send = async () => await this.#client.send(command, ...options)
    return await (areAttemptsSeen() ? tellOf({ ...where, engine: this.name }, command, send) : send())
  }

  /** Looked up with the first call: a program that never makes one needs no SDK. */
  #commands() {
    this.#loaded ??= this.#isSdk ? sdkCommands(this.#client) : plainCommands
    return this.#loaded
  }
}

/**
 * What was given, as a command has it.
 * @param {Partial<import('../read-options.cjs').ReadParts>} read
 */
function fieldsOf({ range, versionId, ifNoneMatch, ifModifiedSince, request }) {
  return {
    ...(range && { Range: range }),
    ...(versionId && { VersionId: versionId }),
    ...(ifNoneMatch && { IfNoneMatch: ifNoneMatch }),
    ...(ifModifiedSince && { IfModifiedSince: ifModifiedSince }),
    ...request?.fields,
  }
}

/**
 * The same of a delete, which the key of an object has no part in.
 * @param {import('../write-options.cjs').Delete} options
 */
function deleteFieldsOf(options) {
  const fields = Object.entries(fieldsOf(options)).filter(([name]) => !name.startsWith('SSECustomer'))
  return Object.fromEntries(fields)
}

/**
 * To the SDK, 304 is an error without a name of its own.
 * @template T
 * @param {Read} read
 * @param {() => Promise<T>} call
 * @returns {Promise<T | NotModifiedResult>}
 */
async function orNotModified({ ifNoneMatch, ifModifiedSince }, call) {
  try {
    return await call()
  } catch (thrown) {
    const { $metadata, $response } = Object(thrown)
    const asked = ifNoneMatch !== undefined || ifModifiedSince !== undefined
    if (!asked || $metadata?.httpStatusCode !== 304) throw thrown
    const etag = $response?.headers?.etag ?? ifNoneMatch
    return new NotModifiedResult(etag, { $metadata, ...(etag && { ETag: etag }) })
  }
}

/**
 * The SDK reads a body after a turn of the event loop or more, and can't sign a Blob in Node.js.
 * @param {any} body
 */
async function forSdk(body) {
  return isBlob(body) ? new Uint8Array(await readBlob(body)) : body
}

/**
 * The bytes of a stream, as far as they may be in memory: one request of a client is all there, so that it can be repeated.
 * @param {any} body
 * @param {import('../upload-options.cjs').Upload} [upload]
 */
async function collect(body, { partSize, contentLength } = DEFAULT_UPLOAD) {
  // Loaded with the first one.
  const { collectUpTo } = require('../body/source.cjs')
  const bytes = await collectUpTo(partSize, body, contentLength)
  if (bytes) return bytes
  throw new UnsupportedFailure(
    `a stream of more than ${partSize} bytes (options.partSize) needs the native engine, which sends it in parts`,
  )
}

module.exports = { DelegatedEngine }
