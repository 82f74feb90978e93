'use strict'

const { checkBody, checkEtag, checkKey, checkWriteId, readDeleteOptions, readWriteOptions } = require('./arguments.cjs')
const { checkWanted, readCallOptions, UNCONTROLLED } = require('./control.cjs')
const { disposeBy } = require('./dispose.cjs')
const { ClosedFailure, toError } = require('./failures.cjs')
const { Listing } = require('./listing.cjs')

/** @typedef {import('../index.cjs').Operation} Operation */
/** @typedef {import('../index.cjs').Body} Body */
/** @typedef {import('../index.cjs').WriteOptions} WriteOptions */
/** @typedef {import('../index.cjs').DeleteOptions} DeleteOptions */
/** @typedef {import('../index.cjs').UpdateOptions} UpdateOptions */
/** @typedef {import('../index.cjs').CallOptions} CallOptions */
/** @typedef {import('./arguments.cjs').Delete} Delete */
/** @typedef {import('./arguments.cjs').Write} Write */
/** @typedef {import('./control.cjs').Control} Control */
/** @typedef {{ contents: any[], isTruncated: boolean, next: string | undefined }} Page */

/**
 * What carries the calls out. Its promises reject with whatever failures.cjs makes errors of.
 * @typedef {object} Engine
 * @property {'native' | 'client'} name
 * @property {(operation: Operation, key: string, etag: string | undefined, control: Control) => Promise<any>} get
 * @property {(operation: Operation, key: string, body: any, etag: string | undefined, write: Write) => Promise<any>} put
 * @property {(operation: Operation, key: string, etag: string | undefined, options: Delete) => Promise<any>} delete
 * @property {(key: string, writeId: string, control: Control) => Promise<any>} resolveWrite
 * @property {(control: Control) => Promise<import('../index.cjs').ProbeReport>} probe
 * @property {(prefix: string | undefined, continuationToken: string | undefined, control: Control) => Promise<Page>} list
 * @property {() => Promise<void>} close resolves once the calls that are under way have come to their end
 */

/**
 * The verbs. Each method is async so that bad input rejects, and awaits so that an error's stack leads to the caller.
 */
class S3Store {
  #bucket
  #engine
  /** @type {Promise<void> | undefined} */
  #closing

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
    const write = readWriteOptions(options)
    try {
      return await this.#for(write).put('createObject', key, body, undefined, write)
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
    const write = readWriteOptions(options)
    try {
      return await this.#for(write).put('putObjectIfMatch', key, body, etag, write)
    } catch (failure) {
      throw toError(failure, { operation: 'putObjectIfMatch', bucket: this.#bucket, key })
    }
  }

  /**
   * @param {string} key
   * @param {CallOptions} [options]
   */
  async getObject(key, options) {
    checkKey(key)
    const control = readCallOptions(options)
    try {
      return await this.#for(control).get('getObject', key, undefined, control)
    } catch (failure) {
      throw toError(failure, { operation: 'getObject', bucket: this.#bucket, key })
    }
  }

  /**
   * @param {string} key
   * @param {string} [etag]
   * @param {CallOptions} [options]
   */
  async getObjectIfMatch(key, etag, options) {
    checkKey(key)
    // As in the mirrored package: whoever has no etag yet reads what is there. A read overwrites nothing.
    if (etag !== undefined) checkEtag(etag)
    const control = readCallOptions(options)
    try {
      return await this.#for(control).get('getObjectIfMatch', key, etag, control)
    } catch (failure) {
      throw toError(failure, { operation: 'getObjectIfMatch', bucket: this.#bucket, key })
    }
  }

  /**
   * @param {string} key
   * @param {CallOptions | string} [options] or an etag, which older versions of the mirrored package took
   */
  async deleteObject(key, options) {
    checkKey(key)
    const control = typeof options === 'string' ? UNCONTROLLED : readCallOptions(options)
    try {
      return await this.#for(control).delete('deleteObject', key, undefined, { idempotent: false, ...control })
    } catch (failure) {
      throw toError(failure, { operation: 'deleteObject', bucket: this.#bucket, key })
    }
  }

  /**
   * @param {string} key
   * @param {string} etag
   * @param {DeleteOptions} [options]
   */
  async deleteObjectIfMatch(key, etag, options) {
    checkKey(key)
    checkEtag(etag)
    const read = readDeleteOptions(options)
    try {
      return await this.#for(read).delete('deleteObjectIfMatch', key, etag, read)
    } catch (failure) {
      throw toError(failure, { operation: 'deleteObjectIfMatch', bucket: this.#bucket, key })
    }
  }

  /**
   * @param {string} key
   * @param {string} writeId
   * @param {CallOptions} [options]
   */
  async resolveWrite(key, writeId, options) {
    checkKey(key)
    checkWriteId(writeId)
    const control = readCallOptions(options)
    try {
      return await this.#for(control).resolveWrite(key, writeId, control)
    } catch (failure) {
      throw toError(failure, { operation: 'resolveWrite', bucket: this.#bucket, key })
    }
  }

  /**
   * @param {string} key
   * @param {(current: any) => any} fn
   * @param {UpdateOptions} [options]
   */
  async update(key, fn, options) {
    checkKey(key)
    const where = { operation: /** @type {const} */ ('getObject'), bucket: this.#bucket, key }
    // Loaded with the first one.
    const { formOf } = require('./update-form.cjs')
    const { update } = require('./update.cjs')
    const { result } = await update(this, key, fn, options, formOf(where))
    return result
  }

  /** @param {CallOptions} [options] */
  async probe(options) {
    const control = readCallOptions(options)
    try {
      return await this.#for(control).probe(control)
    } catch (failure) {
      throw toError(failure, { operation: 'probe', bucket: this.#bucket })
    }
  }

  /**
   * @param {string} [prefix]
   * @param {CallOptions} [options]
   */
  list(prefix, options) {
    return new Listing((control) => this.#for(control), this.#bucket, prefix, options)
  }

  async close() {
    this.#closing ??= this.#engine.close()
    await this.#closing
  }

  /**
   * The engine, for a call that can be made and is wanted still.
   * @param {Control} control
   */
  #for(control) {
    if (this.#closing) throw new ClosedFailure()
    checkWanted(control)
    return this.#engine
  }
}

disposeBy(S3Store, S3Store.prototype.close)

module.exports = { S3Store }
