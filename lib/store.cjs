'use strict'

const { inspect } = require('node:util')
const { Aborted } = require('./abort.cjs')
const { checkBody, checkEtag, checkKey, checkWriteId } = require('./arguments.cjs')
const { checkWanted, readCallOptions } = require('./control.cjs')
const { disposeBy } = require('./dispose.cjs')
const { isAbsent } = require('./error-parts.cjs')
const { ClosedFailure, toError } = require('./failures.cjs')
const { Listing } = require('./listing.cjs')
const { readAccessOptions, readGetIfMatchOptions, readGetOptions, readHeadOptions } = require('./read-options.cjs')
const { readDeleteIfMatchOptions, readDeleteOptions, readWriteOptions } = require('./write-options.cjs')

/** @typedef {import('../index.cjs').Operation} Operation */
/** @typedef {import('../index.cjs').Body} Body */
/** @typedef {import('../index.cjs').WriteOptions} WriteOptions */
/** @typedef {import('../index.cjs').DeleteOptions} DeleteOptions */
/** @typedef {import('../index.cjs').UpdateOptions} UpdateOptions */
/** @typedef {import('../index.cjs').CallOptions} CallOptions */
/** @typedef {import('./write-options.cjs').Delete} Delete */
/** @typedef {import('./write-options.cjs').Write} Write */
/** @typedef {import('../index.cjs').AccessOptions} AccessOptions */
/** @typedef {import('../index.cjs').GetOptions} GetOptions */
/** @typedef {import('../index.cjs').GetIfMatchOptions} GetIfMatchOptions */
/** @typedef {import('../index.cjs').HeadOptions} HeadOptions */
/** @typedef {import('../index.cjs').DeleteObjectOptions} DeleteObjectOptions */
/** @typedef {import('./control.cjs').Control} Control */
/** @typedef {import('./list-options.cjs').List} List */
/** @typedef {import('./read-options.cjs').Read} Read */
/**
 * @typedef {object} Page
 * @property {any[]} contents
 * @property {string[]} [commonPrefixes]
 * @property {boolean} isTruncated
 * @property {string} [next]
 * @property {boolean} [ahead] whether the next page may be asked for before somebody wants it
 */

/**
 * What carries the calls out. Its promises reject with whatever failures.cjs makes errors of.
 * @typedef {object} Engine
 * @property {'native' | 'client'} name
 * @property {(operation: Operation, key: string, etag: string | undefined, read: Read) => Promise<any>} get
 * @property {(operation: Operation, key: string, read: Read) => Promise<any>} head
 * @property {(operation: Operation, key: string, body: any, etag: string | undefined, write: Write) => Promise<any>} put
 * @property {(operation: Operation, key: string, etag: string | undefined, options: Delete) => Promise<any>} delete
 * @property {(key: string, writeId: string, read: Read) => Promise<any>} resolveWrite
 * @property {(key: string, link: import('./presign-options.cjs').Link) => Promise<import('../index.cjs').PresignedRequest>} presign
 * @property {(control: Control) => Promise<import('../index.cjs').ProbeReport>} probe
 * @property {(prefix: string | undefined, continuationToken: string | undefined, list: List) => Promise<Page>} list
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
      throw toError(failure, { operation: 'createObject', bucket: this.#bucket, key, ...furtherOf(write) })
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
      throw toError(failure, { operation: 'putObjectIfMatch', bucket: this.#bucket, key, ...furtherOf(write) })
    }
  }

  /**
   * @param {string} key
   * @param {GetOptions} [options]
   */
  async getObject(key, options) {
    checkKey(key)
    const read = readGetOptions(options)
    try {
      return await this.#for(read).get('getObject', key, undefined, read)
    } catch (failure) {
      throw toError(failure, { operation: 'getObject', bucket: this.#bucket, key })
    }
  }

  /**
   * @param {string} key
   * @param {string} [etag]
   * @param {GetIfMatchOptions} [options]
   */
  async getObjectIfMatch(key, etag, options) {
    checkKey(key)
    // As in the mirrored package: whoever has no etag yet reads what is there. A read overwrites nothing.
    if (etag !== undefined) checkEtag(etag)
    const read = readGetIfMatchOptions(options)
    try {
      return await this.#for(read).get('getObjectIfMatch', key, etag, read)
    } catch (failure) {
      throw toError(failure, { operation: 'getObjectIfMatch', bucket: this.#bucket, key, ...furtherOf(read) })
    }
  }

  /**
   * @param {string} key
   * @param {HeadOptions} [options]
   */
  async headObject(key, options) {
    checkKey(key)
    const read = readHeadOptions(options)
    try {
      return await this.#for(read).head('headObject', key, read)
    } catch (failure) {
      throw toError(failure, { operation: 'headObject', bucket: this.#bucket, key })
    }
  }

  /**
   * @param {string} key
   * @param {AccessOptions} [options]
   */
  async exists(key, options) {
    checkKey(key)
    const read = readAccessOptions(options)
    try {
      await this.#for(read).head('exists', key, read)
      return true
    } catch (failure) {
      const error = toError(failure, { operation: 'exists', bucket: this.#bucket, key })
      // Whatever the caller aborts with says nothing of the object.
      if (!(failure instanceof Aborted) && saysAbsent(error, this.#engine.name)) return false
      throw error
    }
  }

  /**
   * @param {string} key
   * @param {DeleteObjectOptions | string} [options] or an etag, which older versions of the mirrored package took
   */
  async deleteObject(key, options) {
    checkKey(key)
    const read = readDeleteOptions(typeof options === 'string' ? undefined : options)
    try {
      return await this.#for(read).delete('deleteObject', key, undefined, read)
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
    const read = readDeleteIfMatchOptions(options)
    try {
      return await this.#for(read).delete('deleteObjectIfMatch', key, etag, read)
    } catch (failure) {
      throw toError(failure, { operation: 'deleteObjectIfMatch', bucket: this.#bucket, key, ...furtherOf(read) })
    }
  }

  /**
   * @param {string} key
   * @param {string} writeId
   * @param {AccessOptions} [options]
   */
  async resolveWrite(key, writeId, options) {
    checkKey(key)
    checkWriteId(writeId)
    const read = readAccessOptions(options)
    try {
      return await this.#for(read).resolveWrite(key, writeId, read)
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

  /**
   * @param {import('../index.cjs').PresignMethod} method
   * @param {string} key
   * @param {object} [options]
   * @returns {Promise<any>}
   */
  async presign(method, key, options) {
    checkKey(key)
    // Loaded with the first one.
    const { readPresignOptions } = require('./presign-options.cjs')
    const link = readPresignOptions(method, options)
    try {
      return await this.#for(link).presign(key, link)
    } catch (failure) {
      throw toError(failure, { operation: 'presign', bucket: this.#bucket, key })
    }
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
   * @param {import('../index.cjs').ListOptions} [options]
   */
  list(prefix, options) {
    return new Listing((control) => this.#for(control), this.#bucket, prefix, options)
  }

  async close() {
    this.#closing ??= this.#engine.close()
    await this.#closing
  }

  /**
   * What a developer sees of it: whose it is and who does the work, and nothing that could be a secret.
   * @param {number} _depth
   * @param {import('node:util').InspectOptions} options
   */
  [inspect.custom](_depth, options) {
    return `S3Store ${inspect({ bucket: this.bucket, engine: this.engine }, options)}`
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

/** @param {{ request?: object }} options */
function furtherOf({ request }) {
  return request && { further: true }
}

/**
 * Whether S3 says that the key is absent. What goes through a client has no more than the SDK makes of a HEAD that finds nothing;
 * natively that is some other server's word.
 * @param {unknown} error
 * @param {'native' | 'client'} engine
 */
function saysAbsent(error, engine) {
  return isAbsent(error) || (engine === 'client' && Object(error).name === 'NotFound')
}

disposeBy(S3Store, S3Store.prototype.close)

module.exports = { S3Store }
