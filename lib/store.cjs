'use strict'

const { checkBody, checkEtag, checkKey, readWriteOptions } = require('./arguments.cjs')
const { toError } = require('./failures.cjs')
const { Listing } = require('./listing.cjs')

/** @typedef {import('../index.cjs').Operation} Operation */
/** @typedef {import('../index.cjs').Body} Body */
/** @typedef {import('../index.cjs').WriteOptions} WriteOptions */
/** @typedef {{ contents: any[], isTruncated: boolean, next: string | undefined }} Page */

/**
 * What carries the calls out. Its promises reject with whatever failures.cjs makes errors of.
 * @typedef {object} Engine
 * @property {'native' | 'client'} name
 * @property {(operation: Operation, key: string, etag?: string) => Promise<any>} get
 * @property {(operation: Operation, key: string, body: any, etag: string | undefined, contentType: string, metadata?: Record<string, string>) => Promise<any>} put
 * @property {(operation: Operation, key: string, etag?: string) => Promise<any>} delete
 * @property {(prefix: string | undefined, continuationToken: string | undefined) => Promise<Page>} list
 */

/**
 * The verbs. Each method is async so that bad input rejects, and awaits so that an error's stack leads to the caller.
 */
class S3Store {
  #bucket
  #engine

  /**
   * @param {string} bucket
   * @param {Engine} engine
   */
  constructor(bucket, engine) {
    this.#bucket = bucket
    this.#engine = engine
  }

  get bucket() {
    return this.#bucket
  }

  get engine() {
    return this.#engine.name
  }

  /**
   * @param {string} key
   * @param {Body} body
   * @param {WriteOptions | string} [options]
   */
  async createObject(key, body, options) {
    checkKey(key)
    checkBody(body)
    const { contentType, metadata } = readWriteOptions(options)
    try {
      return await this.#engine.put('createObject', key, body, undefined, contentType, metadata)
    } catch (failure) {
      throw toError(failure, { operation: 'createObject', bucket: this.#bucket, key })
    }
  }

  /**
   * @param {string} key
   * @param {Body} body
   * @param {string} etag
   * @param {WriteOptions | string} [options]
   */
  async putObjectIfMatch(key, body, etag, options) {
    checkKey(key)
    checkBody(body)
    checkEtag(etag)
    const { contentType, metadata } = readWriteOptions(options)
    try {
      return await this.#engine.put('putObjectIfMatch', key, body, etag, contentType, metadata)
    } catch (failure) {
      throw toError(failure, { operation: 'putObjectIfMatch', bucket: this.#bucket, key })
    }
  }

  /** @param {string} key */
  async getObject(key) {
    checkKey(key)
    try {
      return await this.#engine.get('getObject', key)
    } catch (failure) {
      throw toError(failure, { operation: 'getObject', bucket: this.#bucket, key })
    }
  }

  /**
   * @param {string} key
   * @param {string} [etag]
   */
  async getObjectIfMatch(key, etag) {
    checkKey(key)
    // As in the mirrored package: whoever has no etag yet reads what is there. A read overwrites nothing.
    if (etag !== undefined) checkEtag(etag)
    try {
      return await this.#engine.get('getObjectIfMatch', key, etag)
    } catch (failure) {
      throw toError(failure, { operation: 'getObjectIfMatch', bucket: this.#bucket, key })
    }
  }

  /** @param {string} key */
  async deleteObject(key) {
    checkKey(key)
    try {
      return await this.#engine.delete('deleteObject', key)
    } catch (failure) {
      throw toError(failure, { operation: 'deleteObject', bucket: this.#bucket, key })
    }
  }

  /**
   * @param {string} key
   * @param {string} etag
   */
  async deleteObjectIfMatch(key, etag) {
    checkKey(key)
    checkEtag(etag)
    try {
      return await this.#engine.delete('deleteObjectIfMatch', key, etag)
    } catch (failure) {
      throw toError(failure, { operation: 'deleteObjectIfMatch', bucket: this.#bucket, key })
    }
  }

  /** @param {string} [prefix] */
  list(prefix) {
    return new Listing(this.#engine, this.#bucket, prefix)
  }
}

module.exports = { S3Store }
