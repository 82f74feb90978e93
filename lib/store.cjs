'use strict'

const { inspect } = require('node:util')
const { Aborted } = require('./abort.cjs')
const { checkBody, checkEtag, checkKey, checkWriteId } = require('./arguments.cjs')
const { Call } = require('./call.cjs')
const { checkWanted, readCallOptions } = require('./control.cjs')
const { disposeBy } = require('./dispose.cjs')
const { isAbsent } = require('./error-parts.cjs')
const { ClosedFailure, toError } = require('./failures.cjs')
const { Listing, VersionListing } = require('./listing.cjs')
const { readAccessOptions, readGetIfMatchOptions, readGetOptions, readHeadOptions } = require('./read-options.cjs')
const { checkLengthOf } = require('./upload-options.cjs')
const {
  readDeleteIfMatchOptions,
  readDeleteObjectsOptions,
  readDeleteOptions,
  readWriteOptions,
} = require('./write-options.cjs')

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
/** @typedef {import('./tag-options.cjs').TagAccess} TagAccess */
/** @typedef {import('./copy-options.cjs').Copy} Copy */
/** @typedef {import('./read-options.cjs').Read} Read */
/**
 * @typedef {object} Page
 * @property {any[]} contents
 * @property {string[]} [commonPrefixes]
 * @property {boolean} isTruncated
 * @property {any} [next] the token of the next page
 * @property {number} [attempts]
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
 * @property {(operation: Operation, key: string, path: string, etag: string | undefined, write: Write) => Promise<any>} putFile
 * @property {(key: string, path: string, download: import('./file-options.cjs').Download) => Promise<any>} getFile
 * @property {(operation: Operation, from: string, to: string, copy: Copy) => Promise<any>} copy
 * @property {(names: import('./delete-objects.cjs').Name[], options: Delete) => Promise<import('./delete-objects.cjs').Deleted>} deleteObjects
 * @property {(key: string, writeId: string, read: Read) => Promise<any>} resolveWrite
 * @property {(key: string, link: import('./presign-options.cjs').Link) => Promise<import('../index.cjs').PresignedRequest>} presign
 * @property {(control: Control) => Promise<import('../index.cjs').ProbeReport>} probe
 * @property {(prefix: string | undefined, continuationToken: string | undefined, list: List) => Promise<Page>} list
 * @property {(key: string, access: TagAccess) => Promise<Record<string, string>>} getTags
 * @property {(key: string, tags: [name: string, value: string][], access: TagAccess) => Promise<void>} putTags
 * @property {(prefix: string | undefined, marker: import('./versions.cjs').Marker | undefined, list: List) => Promise<Page>} listVersions
 * @property {() => object} stats what it knows of its requests
 * @property {() => Promise<void>} close resolves once the calls that are under way have come to their end
 */

/**
 * The verbs. Each method is async so that bad input rejects, and awaits so that an error's stack leads to the caller.
 */
class S3Store {
  #bucket
  #engine
  #counts = { calls: 0, inFlight: 0 }
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
    checkLengthOf(body, write.upload)
    const call = this.#begin({ operation: 'createObject', bucket: this.#bucket, key, ...furtherOf(write), body })
    try {
      return call.done(
        await call.make(() => this.#for(write).put('createObject', key, body, undefined, call.counting(write))),
      )
    } catch (failure) {
      throw call.failed(failure)
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
    checkLengthOf(body, write.upload)
    const call = this.#begin({ operation: 'putObjectIfMatch', bucket: this.#bucket, key, ...furtherOf(write), body })
    try {
      return call.done(
        await call.make(() => this.#for(write).put('putObjectIfMatch', key, body, etag, call.counting(write))),
      )
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  /**
   * @param {string} key
   * @param {GetOptions} [options]
   */
  async getObject(key, options) {
    checkKey(key)
    const read = readGetOptions(options)
    const call = this.#begin({ operation: 'getObject', bucket: this.#bucket, key })
    try {
      return call.done(await call.make(() => this.#for(read).get('getObject', key, undefined, read)))
    } catch (failure) {
      throw call.failed(failure)
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
    const call = this.#begin({ operation: 'getObjectIfMatch', bucket: this.#bucket, key, ...furtherOf(read) })
    try {
      return call.done(await call.make(() => this.#for(read).get('getObjectIfMatch', key, etag, read)))
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  /**
   * @param {string} key
   * @param {string | URL} path
   * @param {import('../index.cjs').FileWriteOptions | string} [options]
   */
  async createObjectFromFile(key, path, options) {
    return await this.#putFile('createObjectFromFile', key, path, undefined, options)
  }

  /**
   * @param {string} key
   * @param {string | URL} path
   * @param {string} etag
   * @param {import('../index.cjs').FileWriteOptions | string} [options]
   */
  async putObjectFromFileIfMatch(key, path, etag, options) {
    checkKey(key)
    checkEtag(etag)
    return await this.#putFile('putObjectFromFileIfMatch', key, path, etag, options)
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {string | URL} path
   * @param {string | undefined} etag
   * @param {unknown} options
   */
  async #putFile(operation, key, path, etag, options) {
    checkKey(key)
    // Loaded with the first one.
    const { checkedPath, readFileWriteOptions } = require('./file-options.cjs')
    const from = checkedPath(path)
    const write = readFileWriteOptions(options, from)
    const call = this.#begin({ operation, bucket: this.#bucket, key, ...furtherOf(write) })
    try {
      return call.done(
        await call.make(() => this.#for(write).putFile(operation, key, from, etag, call.counting(write))),
      )
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  /**
   * @param {string} key
   * @param {string | URL} path
   * @param {import('../index.cjs').FileReadOptions} [options]
   */
  async getObjectToFile(key, path, options) {
    checkKey(key)
    // Loaded with the first one.
    const { checkedPath, readDownloadOptions } = require('./file-options.cjs')
    const to = checkedPath(path)
    const download = readDownloadOptions(options)
    const call = this.#begin({ operation: 'getObjectToFile', bucket: this.#bucket, key })
    try {
      return call.done(await call.make(() => this.#for(download).getFile(key, to, call.counting(download))))
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  /**
   * @param {string} key
   * @param {HeadOptions} [options]
   */
  async headObject(key, options) {
    checkKey(key)
    const read = readHeadOptions(options)
    const call = this.#begin({ operation: 'headObject', bucket: this.#bucket, key })
    try {
      return call.done(await call.make(() => this.#for(read).head('headObject', key, read)))
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  /**
   * @param {string} key
   * @param {AccessOptions} [options]
   */
  async exists(key, options) {
    checkKey(key)
    const read = readAccessOptions(options)
    const called = { operation: /** @type {const} */ ('exists'), bucket: this.#bucket, key }
    const call = this.#begin(called)
    try {
      return call.done(true, await call.make(() => this.#for(read).head('exists', key, read)))
    } catch (failure) {
      // Whatever the caller aborts with says nothing of the object.
      const isAbsent = !(failure instanceof Aborted) && saysAbsent(toError(failure, called), this.#engine.name)
      if (isAbsent) return call.done(false)
      throw call.failed(failure)
    }
  }

  /**
   * @param {string} key
   * @param {DeleteObjectOptions | string} [options] or an etag, which older versions of the mirrored package took
   */
  async deleteObject(key, options) {
    checkKey(key)
    const read = readDeleteOptions(typeof options === 'string' ? undefined : options)
    const call = this.#begin({ operation: 'deleteObject', bucket: this.#bucket, key })
    try {
      return call.done(await call.make(() => this.#for(read).delete('deleteObject', key, undefined, read)))
    } catch (failure) {
      throw call.failed(failure)
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
    const call = this.#begin({ operation: 'deleteObjectIfMatch', bucket: this.#bucket, key, ...furtherOf(read) })
    try {
      return call.done(await call.make(() => this.#for(read).delete('deleteObjectIfMatch', key, etag, read)))
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  /**
   * @param {string} from
   * @param {string} to
   * @param {import('../index.cjs').CopyOptions & import('../index.cjs').WriteCondition} options
   */
  async copyObject(from, to, options) {
    checkKey(from, 'from')
    checkKey(to, 'to')
    // Loaded with the first one.
    const { readCopyOptions } = require('./copy-options.cjs')
    const copy = readCopyOptions(options)
    const call = this.#begin({ operation: 'copyObject', bucket: this.#bucket, key: to })
    try {
      return call.done(await call.make(() => this.#for(copy).copy('copyObject', from, to, copy)))
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  /**
   * @param {string} key
   * @param {string} versionId
   * @param {string | null} etag
   * @param {import('../index.cjs').RestoreOptions} [options]
   */
  async restoreVersion(key, versionId, etag, options) {
    checkKey(key)
    // Loaded with the first one.
    const { readRestoreOptions } = require('./copy-options.cjs')
    const copy = readRestoreOptions(versionId, etag, options)
    const call = this.#begin({ operation: 'restoreVersion', bucket: this.#bucket, key })
    try {
      return call.done(await call.make(() => this.#for(copy).copy('restoreVersion', key, key, copy)))
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  /**
   * @param {Iterable<import('../index.cjs').ObjectName> | AsyncIterable<import('../index.cjs').ObjectName>} keys
   * @param {import('../index.cjs').DeleteObjectsOptions} [options]
   */
  async deleteObjects(keys, options) {
    const read = readDeleteObjectsOptions(options)
    const where = { operation: /** @type {const} */ ('deleteObjects'), bucket: this.#bucket }
    // Loaded with the first one.
    const { deleteObjects } = require('./delete-objects.cjs')
    const call = this.#begin(where)
    try {
      return call.done(await call.make(() => deleteObjects(keys, call.attempting(read), where, () => this.#for(read))))
    } catch (failure) {
      throw call.failed(failure)
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
    const call = this.#begin({ operation: 'resolveWrite', bucket: this.#bucket, key })
    try {
      return call.done(await call.make(() => this.#for(read).resolveWrite(key, writeId, call.attempting(read))))
    } catch (failure) {
      throw call.failed(failure)
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
    const call = this.#begin({ ...where, operation: 'update' })
    try {
      return call.done(await call.make(async () => (await update(this, key, fn, options, formOf(where))).result))
    } catch (failure) {
      throw call.failed(failure)
    }
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
    const call = this.#begin({ operation: 'presign', bucket: this.#bucket, key })
    try {
      return call.done(await call.make(() => this.#for(link).presign(key, link)))
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  /** @param {CallOptions} [options] */
  async probe(options) {
    const control = readCallOptions(options)
    const call = this.#begin({ operation: 'probe', bucket: this.#bucket })
    try {
      return call.done(await call.make(() => this.#for(control).probe(control)))
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  /**
   * @param {string} [prefix]
   * @param {import('../index.cjs').ListOptions} [options]
   */
  list(prefix, options) {
    const where = { operation: /** @type {const} */ ('list'), bucket: this.#bucket, prefix }
    return new Listing(
      (called) => this.#begin(called),
      (list, token) => this.#for(list).list(prefix, token, list),
      where,
      options,
    )
  }

  /**
   * @param {string} [prefix]
   * @param {import('../index.cjs').ListVersionsOptions} [options]
   */
  listVersions(prefix, options) {
    const where = { operation: /** @type {const} */ ('listVersions'), bucket: this.#bucket, prefix }
    return new VersionListing(
      (called) => this.#begin(called),
      (list, marker) => this.#for(list).listVersions(prefix, marker, list),
      where,
      options,
    )
  }

  /**
   * @param {string} key
   * @param {import('../index.cjs').TagOptions} [options]
   */
  async getTags(key, options) {
    checkKey(key)
    // Loaded with the first one.
    const { readTagOptions } = require('./tag-options.cjs')
    const access = readTagOptions(options)
    const call = this.#begin({ operation: 'getTags', bucket: this.#bucket, key })
    try {
      return call.done(await call.make(() => this.#for(access).getTags(key, call.attempting(access))))
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  /**
   * @param {string} key
   * @param {Readonly<Record<string, string>>} tags
   * @param {import('../index.cjs').TagOptions} [options]
   */
  async putTags(key, tags, options) {
    checkKey(key)
    // Loaded with the first one.
    const { checkedTags, readTagOptions } = require('./tag-options.cjs')
    const pairs = checkedTags(tags)
    const access = readTagOptions(options)
    const call = this.#begin({ operation: 'putTags', bucket: this.#bucket, key })
    try {
      return call.done(await call.make(() => this.#for(access).putTags(key, pairs, call.attempting(access))))
    } catch (failure) {
      throw call.failed(failure)
    }
  }

  async close() {
    this.#closing ??= this.#engine.close()
    await this.#closing
  }

  stats() {
    return { ...this.#counts, ...this.#engine.stats() }
  }

  /**
   * What a developer sees of it: whose it is and who does the work, and nothing that could be a secret.
   * @param {number} _depth
   * @param {import('node:util').InspectOptions} options
   */
  [inspect.custom](_depth, options) {
    return `S3Store ${inspect({ bucket: this.bucket, engine: this.engine }, options)}`
  }

  /** @param {import('./call.cjs').Called} called */
  #begin(called) {
    return new Call(called, this.#counts, this.#engine)
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
