'use strict'

const { invalidType, invalidValue, refuseUnknown } = require('./argument-errors.cjs')
const { readWriteOptions } = require('./arguments.cjs')
const { CONTROL_OPTIONS } = require('./control.cjs')
const { parseJson } = require('./json-text.cjs')

/** @typedef {import('../index.cjs').ObjectStore} ObjectStore */
/** @typedef {import('../index.cjs').JsonWriteOptions} JsonWriteOptions */
/** @typedef {import('../index.cjs').JsonUpdateOptions} JsonUpdateOptions */
/** @typedef {import('../index.cjs').DeleteOptions} DeleteOptions */
/** @typedef {import('../index.cjs').CallOptions} CallOptions */

const CONTENT_TYPE = 'application/json'
// A content type means nothing here, but callers of the mirrored package pass one.
const OPTIONS = new Set(['metadata', 'contentType', 'recovery', 'maxAttempts', ...CONTROL_OPTIONS])

/**
 * @param {ObjectStore} store a store, or anything that has its methods
 */
function createJsonWrapper(store) {
  if (typeof store !== 'object' || store === null) throw invalidType('store', 'a store', store)
  return new JsonS3Store(store)
}

class JsonS3Store {
  #store
  #verbs

  /** @param {ObjectStore} store */
  constructor(store) {
    this.#store = store
    this.#verbs = {
      get bucket() {
        return store.bucket
      },
      getObject: (/** @type {any[]} */ ...args) => this.#call('getObject', ...args),
      createObject: (/** @type {any[]} */ ...args) => this.#call('createObject', ...args),
      putObjectIfMatch: (/** @type {any[]} */ ...args) => this.#call('putObjectIfMatch', ...args),
    }
  }

  /**
   * Nothing is asked of a store before it is needed: it need not have the methods that nobody calls.
   * @param {keyof ObjectStore} name
   * @param {any[]} args
   * @returns {any}
   */
  #call(name, ...args) {
    const method = this.#store[name]
    if (typeof method !== 'function') throw invalidType(`store.${name}`, 'a function', method)
    return Reflect.apply(method, this.#store, args)
  }

  get store() {
    return this.#store
  }

  get bucket() {
    return this.#store.bucket
  }

  /**
   * @param {string} key
   * @param {unknown} value
   * @param {JsonWriteOptions | string} [options]
   */
  async createObject(key, value, options) {
    const result = await this.#call('createObject', key, toJson(value), writeOptions(options))
    return result.etag
  }

  /**
   * @param {string} key
   * @param {unknown} value
   * @param {string} etag
   * @param {JsonWriteOptions | string} [options]
   */
  async putObjectIfMatch(key, value, etag, options) {
    const result = await this.#call('putObjectIfMatch', key, toJson(value), etag, writeOptions(options))
    return result.etag
  }

  /**
   * @param {string} key
   * @param {string} [etag]
   * @param {CallOptions} [options]
   */
  async getObjectIfMatch(key, etag, options) {
    const result = await this.#call('getObjectIfMatch', key, etag, ...optional(options))
    return await readJson(result, key)
  }

  /**
   * @param {string} key
   * @param {CallOptions} [options]
   * @returns {Promise<[any, string]>}
   */
  async getObject(key, options) {
    const result = await this.#call('getObject', key, ...optional(options))
    return [await readJson(result, key), result.etag]
  }

  /**
   * @param {string} key
   * @param {CallOptions | string} [options] or an etag, which means nothing
   */
  async deleteObject(key, options) {
    return await this.#call('deleteObject', key, ...optional(typeof options === 'string' ? undefined : options))
  }

  /**
   * @param {string} key
   * @param {string} etag
   * @param {DeleteOptions} [options]
   */
  async deleteObjectIfMatch(key, etag, options) {
    return await this.#call('deleteObjectIfMatch', key, etag, ...optional(options))
  }

  /**
   * @param {string} key
   * @param {(current: any) => any} fn
   * @param {JsonUpdateOptions} [options]
   */
  async update(key, fn, options) {
    const source = { key, bucket: this.#store.bucket }
    // Loaded with the first one.
    const { update } = require('./update.cjs')
    const { result, given, read } = await update(this.#verbs, key, fn, options, {
      readOptions: readUpdateWrite,
      read: (got) => readValue(got, source),
      toBody: toJson,
    })
    return { ...result, value: given === undefined ? valueOf(read, source) : given }
  }

  /**
   * @param {string} [prefix]
   * @param {CallOptions} [options]
   */
  list(prefix, options) {
    return this.#call('list', prefix, ...optional(options))
  }
}

/**
 * Options as arguments: calls without any stay the mirrored package's.
 * @param {unknown} options
 */
function optional(options) {
  return options === undefined ? [] : [options]
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function toJson(value) {
  let text
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw invalidValue('value', `must be what JSON can hold: ${cause instanceof Error ? cause.message : cause}`, cause)
  }
  if (text === undefined) throw invalidType('value', 'what JSON can hold', value)
  return text
}

/**
 * A value for the caller, who may change it, with the bytes that it was read from.
 * @param {any} got
 * @param {{ key: string, bucket: string }} source
 * @returns {Promise<{ current: any, bytes: Buffer }>}
 */
async function readValue(got, source) {
  const bytes = typeof got.asByteArray === 'function' ? await got.asByteArray() : undefined
  if (ArrayBuffer.isView(bytes)) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return { current: valueOf(buffer, source), bytes: buffer }
  }
  // Another's store need give no more than asJson.
  const current = await readJson(got, source.key)
  return { current, bytes: Buffer.from(toJson(current)) }
}

/**
 * @param {Buffer | undefined} bytes
 * @param {{ key: string, bucket: string }} source
 */
function valueOf(bytes, source) {
  return bytes === undefined ? null : parseJson(bytes.toString(), source)
}

/** @param {JsonWriteOptions} options */
function readUpdateWrite({ metadata, recovery, maxAttempts }) {
  readWriteOptions({ metadata, recovery, maxAttempts })
  return { write: writeOptions({ metadata, recovery, maxAttempts }), isForced: metadata !== undefined }
}

/**
 * @param {{ asJson(): Promise<any> }} result
 * @param {string} key
 */
async function readJson(result, key) {
  try {
    return await result.asJson()
  } catch (error) {
    // The store's own names the key already; another store's may not.
    if (!(error instanceof SyntaxError) || 'key' in error) throw error
    const message = `${JSON.stringify(key)} is not JSON: ${error.message}`
    throw Object.assign(new SyntaxError(message, { cause: error }), { key })
  }
}

/**
 * @param {unknown} options
 * @returns {import('./arguments.cjs').Write}
 */
function writeOptions(options) {
  if (options === undefined || typeof options === 'string') return { contentType: CONTENT_TYPE, metadata: undefined }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidType('options', 'an object', options)
  }
  refuseUnknown('options', options, OPTIONS)
  const { metadata, recovery, maxAttempts, signal, timeout } = /** @type {JsonWriteOptions} */ (options)
  // Another's store need not know of these.
  return {
    contentType: CONTENT_TYPE,
    metadata,
    ...(recovery === undefined ? undefined : { recovery }),
    ...(maxAttempts === undefined ? undefined : { maxAttempts }),
    ...(signal === undefined ? undefined : { signal }),
    ...(timeout === undefined ? undefined : { timeout }),
  }
}

module.exports = { createJsonWrapper }
