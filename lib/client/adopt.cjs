'use strict'

// The engine for an S3Client whose configuration native code can take over: the native engine works, unless the client
// carries, now or then, something that would be lost.

const { invalidValue } = require('../argument-errors.cjs')
const { copyBody } = require('../body/given.cjs')
const { onceThere } = require('../control.cjs')
const { ClientConfigurationFailure } = require('../failures.cjs')
const { loadBinding } = require('../native/binding.cjs')
const { NativeEngine } = require('../native/engine.cjs')
const { UnderWay } = require('../under-way.cjs')
const { DelegatedEngine } = require('./delegate.cjs')
const { findLateObstacles, findObstacles, WATCHED } = require('./obstacles.cjs')
const { hasSdkSend } = require('./sdk-client.cjs')
const { readSettings } = require('./settings.cjs')
const { Watch } = require('./watch.cjs')

/** @typedef {import('../../index.cjs').Operation} Operation */
/** @typedef {import('../read-options.cjs').Read} Read */
/** @typedef {import('../write-options.cjs').Delete} Delete */
/** @typedef {import('../write-options.cjs').Write} Write */
/** @typedef {import('../control.cjs').Control} Control */
/** @typedef {import('../tag-options.cjs').TagAccess} TagAccess */
/** @typedef {import('../error-parts.cjs').Where} Where */
/** @typedef {import('../store.cjs').Engine} Engine */
/** @typedef {import('./sdk-client.cjs').SdkClient} SdkClient */

/** @implements {Engine} */
class AdoptedEngine {
  #bucket
  #client
  #overrides
  #isForced
  #watch
  #delegated
  /** @type {NativeEngine | undefined} */
  #native
  /** @type {Promise<Engine> | undefined} */
  #opening
  /** The calls that had to wait for the client's configuration. */
  #waiting = new UnderWay()
  /** @type {string[]} what the last look at the client found */
  #found = []
  /** @type {string[]} what its resolved configuration showed */
  #late = []
  /** @type {unknown} whose timeouts and agents were read */
  #handler

  /**
   * @param {string} bucket
   * @param {SdkClient} client
   * @param {{ checksum?: string | false }} overrides options of the store that go before the client's
   * @param {boolean} isForced whether the caller wants the native engine or none
   */
  constructor(bucket, client, overrides, isForced) {
    this.#bucket = bucket
    this.#client = client
    this.#overrides = overrides
    this.#isForced = isForced
    this.#watch = new Watch(client, WATCHED)
    this.#handler = client.config.requestHandler
    this.#delegated = new DelegatedEngine(bucket, client, true)
    if (this.name === 'native') loadBinding()
    else if (isForced) throw forcedError(this.#lost())
    this.#lookCloser()
  }

  get name() {
    return this.#lost().length === 0 ? 'native' : 'client'
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {string | undefined} etag
   * @param {Read} read
   */
  get(operation, key, etag, read) {
    return this.#call({ operation, key }, read, (engine, rest) => engine.get(operation, key, etag, rest))
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {Read} read
   */
  head(operation, key, read) {
    return this.#call({ operation, key }, read, (engine, rest) => engine.head(operation, key, rest))
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {any} body
   * @param {string | undefined} etag
   * @param {Write} write
   */
  put(operation, key, body, etag, write) {
    const engine = this.#engine()
    if (engine) return engine.put(operation, key, body, etag, write)
    const copy = copyBody(body)
    return this.#call({ operation, key }, write, (engine, rest) => engine.put(operation, key, copy, etag, rest))
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {string} path
   * @param {string | undefined} etag
   * @param {Write} write
   */
  putFile(operation, key, path, etag, write) {
    return this.#call({ operation, key }, write, (engine, rest) => engine.putFile(operation, key, path, etag, rest))
  }

  /**
   * @param {string} key
   * @param {string} path
   * @param {import('../file-options.cjs').Download} download
   */
  getFile(key, path, download) {
    const where = { operation: /** @type {const} */ ('getObjectToFile'), key }
    return this.#call(where, download, (engine, rest) => engine.getFile(key, path, rest))
  }

  /**
   * @param {Operation} operation
   * @param {string} key
   * @param {string | undefined} etag
   * @param {Delete} options
   */
  delete(operation, key, etag, options) {
    return this.#call({ operation, key }, options, (engine, rest) => engine.delete(operation, key, etag, rest))
  }

  /**
   * @param {Operation} operation
   * @param {string} from
   * @param {string} to
   * @param {import('../copy-options.cjs').Copy} copy
   */
  copy(operation, from, to, copy) {
    return this.#call({ operation, key: to }, copy, (engine, rest) => engine.copy(operation, from, to, rest))
  }

  /**
   * @param {import('../delete-objects.cjs').Name[]} names
   * @param {Delete} options
   */
  deleteObjects(names, options) {
    return this.#call({ operation: 'deleteObjects' }, options, (engine, rest) => engine.deleteObjects(names, rest))
  }

  /**
   * @param {string} key
   * @param {string} writeId
   * @param {Read} read
   */
  resolveWrite(key, writeId, read) {
    const where = { operation: /** @type {const} */ ('resolveWrite'), key }
    return this.#call(where, read, (engine, rest) => engine.resolveWrite(key, writeId, rest))
  }

  /**
   * @param {string} key
   * @param {import('../presign-options.cjs').Link} link
   */
  presign(key, link) {
    return this.#call({ operation: 'presign', key }, link, (engine, rest) => engine.presign(key, rest))
  }

  /** @param {Control} control */
  probe(control) {
    return this.#call({ operation: 'probe' }, control, (engine, rest) => engine.probe(rest))
  }

  /**
   * @param {string | undefined} prefix
   * @param {string | undefined} token
   * @param {import('../list-options.cjs').List} list
   */
  list(prefix, token, list) {
    return this.#call({ operation: 'list' }, list, (engine, rest) => engine.list(prefix, token, rest))
  }

  /**
   * @param {string | undefined} prefix
   * @param {import('../versions.cjs').Marker | undefined} marker
   * @param {import('../list-options.cjs').List} list
   */
  listVersions(prefix, marker, list) {
    return this.#call({ operation: 'listVersions' }, list, (engine, rest) => engine.listVersions(prefix, marker, rest))
  }

  /**
   * @param {string} key
   * @param {TagAccess} access
   */
  getTags(key, access) {
    return this.#call({ operation: 'getTags', key }, access, (engine, rest) => engine.getTags(key, rest))
  }

  /**
   * @param {string} key
   * @param {[name: string, value: string][]} tags
   * @param {TagAccess} access
   */
  putTags(key, tags, access) {
    return this.#call({ operation: 'putTags', key }, access, (engine, rest) => engine.putTags(key, tags, rest))
  }

  stats() {
    return this.#native?.stats() ?? {}
  }

  /** An engine that no call has asked for isn't opened for that. */
  async close() {
    await this.#opening?.catch(() => {})
    await Promise.all([this.#native?.close(), this.#delegated.close(), this.#waiting.end()])
  }

  /**
   * @template {Control} C
   * @template T
   * @param {Omit<Where, 'bucket'>} where
   * @param {C} control
   * @param {(engine: Engine, rest: C) => Promise<T>} make
   */
  #call(where, control, make) {
    const engine = this.#engine()
    if (engine) return make(engine, control)
    return this.#waiting.add(onceThere(this.#opened(), control, { ...where, bucket: this.#bucket }, make))
  }

  /**
   * The engine for a call that is made now, or nothing while the native one isn't open. Mocks come and go between calls.
   * @returns {Engine | undefined}
   */
  #engine() {
    const lost = this.#lost()
    if (lost.length === 0) return this.#native
    if (this.#isForced) throw forcedError(lost)
    return this.#delegated
  }

  /** What the native engine would drop of the client as it is now. */
  #lost() {
    if (this.#watch.hasChanged()) this.#found = this.#look()
    return this.#late.length === 0 ? this.#found : [...this.#found, ...this.#late]
  }

  #look() {
    const found = findObstacles(this.#client)
    if (!hasSdkSend(this.#client)) found.unshift('its own send')
    if (this.#client.config.requestHandler !== this.#handler) found.push('another requestHandler')
    return found
  }

  #opened() {
    // Only an open engine is kept: credentials or a region may be there the next time, or a mock be gone.
    this.#opening ??= this.#open().finally(() => {
      if (!this.#native) this.#opening = undefined
    })
    return this.#opening
  }

  /** @returns {Promise<Engine>} */
  async #open() {
    const settings = await this.#readClient()
    if (!settings) {
      if (this.#isForced) throw forcedError(this.#lost())
      return this.#delegated
    }
    const { checksum = settings.checksum } = this.#overrides
    this.#native = new NativeEngine(this.#bucket, { ...settings, ...this.#overrides, checksum })
    return this.#native
  }

  /** Resolves to nothing where something would be lost. */
  async #readClient() {
    try {
      await this.#findLate()
      const settings = this.#lost().length === 0 ? await readSettings(this.#client) : undefined
      // Something may have been added meanwhile.
      return this.#lost().length === 0 ? settings : undefined
    } catch (cause) {
      throw new ClientConfigurationFailure(cause)
    }
  }

  async #findLate() {
    this.#late = await findLateObstacles(this.#client, this.#bucket)
  }

  /** An agent shows only after a moment. Looking now makes `engine` right before the first call. */
  #lookCloser() {
    this.#findLate().catch(() => {
      // The first call runs into the same, and has somebody to tell.
    })
  }
}

/** @param {string[]} lost */
function forcedError(lost) {
  return invalidValue('options.engine', `can't be 'native' with this client: it would drop ${lost.join(', ')}`)
}

module.exports = { AdoptedEngine, forcedError }
