'use strict'

// The engine that leaves the work to the client: one `send` for each call, with nothing added.

const { isBlob } = require('../arguments.cjs')
const { ClientBody } = require('../body/client-body.cjs')
const { copyBody, readBlob } = require('../body/given.cjs')
const { UnsupportedFailure } = require('../failures.cjs')
const { GetResult, Result } = require('../result.cjs')
const { noteAttempts } = require('./attempts.cjs')
const { plainCommands, sdkCommands } = require('./commands.cjs')
const { hasSdkSend } = require('./sdk-client.cjs')

/** @typedef {import('../../index.cjs').Operation} Operation */
/** @typedef {import('../store.cjs').Engine} Engine */
/** @typedef {import('../store.cjs').Page} Page */
/** @typedef {{ send(command: any): any }} Client */

/** @implements {Engine} */
class DelegatedEngine {
  #bucket
  #client
  #isSdk
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
   * @param {string} [etag]
   */
  async get(operation, key, etag) {
    const { GetObjectCommand } = this.#commands()
    const condition = operation === 'getObjectIfMatch' ? { IfMatch: etag } : undefined
    const response = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key, ...condition }))
    const source = { bucket: this.#bucket, key }
    return new GetResult(response?.ETag, response, undefined, new ClientBody(response), source)
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {any} body
   * @param {string | undefined} etag
   * @param {import('../arguments.cjs').Write} write
   */
  async put(operation, key, body, etag, { contentType, metadata }) {
    const { PutObjectCommand } = this.#commands()
    const given = this.#isSdk ? await forSdk(copyBody(body)) : body
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: given,
      ContentType: contentType,
      Metadata: metadata,
      ...(operation === 'createObject' ? { IfNoneMatch: '*' } : { IfMatch: etag }),
    })
    const isCounting = this.#isSdk && hasSdkSend(/** @type {any} */ (this.#client))
    try {
      const response = await this.#client.send(command)
      return new Result(response?.ETag, response)
    } catch (thrown) {
      noteAttempts(thrown, isCounting)
      throw thrown
    }
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {string} [etag]
   */
  async delete(operation, key, etag) {
    const { DeleteObjectCommand } = this.#commands()
    const condition = operation === 'deleteObjectIfMatch' ? { IfMatch: etag } : undefined
    const response = await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key, ...condition }))
    return new Result(undefined, response)
  }

  /** @returns {Promise<never>} */
  async resolveWrite() {
    throw new UnsupportedFailure('resolveWrite needs the native engine: what goes through client.send has no write id')
  }

  /** @returns {Promise<never>} */
  async probe() {
    throw new UnsupportedFailure('probe needs the native engine: a client repeats requests as it sees fit')
  }

  /**
   * @param {string | undefined} prefix
   * @param {string | undefined} continuationToken
   * @returns {Promise<Page>}
   */
  async list(prefix, continuationToken) {
    const { ListObjectsV2Command } = this.#commands()
    const response = await this.#client.send(
      new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: continuationToken }),
    )
    return {
      contents: response?.Contents ?? [],
      isTruncated: response?.IsTruncated === true,
      next: response?.NextContinuationToken,
    }
  }

  /** Looked up with the first call: a program that never makes one needs no SDK. */
  #commands() {
    this.#loaded ??= this.#isSdk ? sdkCommands(this.#client) : plainCommands
    return this.#loaded
  }
}

/**
 * The SDK reads a body after a turn of the event loop or more, and can't sign a Blob in Node.js.
 * @param {string | Uint8Array | Blob} body
 */
async function forSdk(body) {
  return isBlob(body) ? new Uint8Array(await readBlob(body)) : body
}

module.exports = { DelegatedEngine }
