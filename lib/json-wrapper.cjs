'use strict'

const { inspect } = require('node:util')
const { invalidType, refuseUnknown } = require('./argument-errors.cjs')
const { checkKey } = require('./arguments.cjs')
const { CONTROL_OPTIONS } = require('./control.cjs')
const { JsonForm } = require('./json-form.cjs')
const { parseJson } = require('./json-text.cjs')
const { GET_IF_MATCH_OPTIONS, GET_OPTIONS } = require('./read-options.cjs')
const { WRITE_PARTS, changesObject, checkedWriteParts } = require('./write-options.cjs')

/** @typedef {import('../index.cjs').ObjectStore} ObjectStore */
/** @typedef {import('../index.cjs').JsonWriteOptions} JsonWriteOptions */
/** @typedef {import('../index.cjs').JsonUpdateOptions} JsonUpdateOptions */
/** @typedef {import('../index.cjs').DeleteOptions} DeleteOptions */
/** @typedef {import('../index.cjs').AccessOptions} AccessOptions */
/** @typedef {import('../index.cjs').DeleteObjectOptions} DeleteObjectOptions */
/** @typedef {import('../index.cjs').GetOptions} GetOptions */
/** @typedef {import('../index.cjs').GetIfMatchOptions} GetIfMatchOptions */
/** @typedef {import('../index.cjs').HeadOptions} HeadOptions */
/** @typedef {import('../index.cjs').WriteOptions} WriteOptions */

const CONTENT_TYPE = 'application/json'
// A content type means nothing here, but callers of the mirrored package pass one.
const OPTIONS = new Set([...WRITE_PARTS, ...CONTROL_OPTIONS])
// A part of a JSON text is none.
const [WHOLE, WHOLE_IF_MATCH] = [GET_OPTIONS, GET_IF_MATCH_OPTIONS].map(
  (names) => new Set([...names].filter((name) => name !== 'range')),
)

/**
 * @param {ObjectStore} store a store, or anything that has its methods
 * @param {unknown} [options]
 * @returns {any}
 */
function createJsonWrapper(store, options) {
  if (typeof store !== 'object' || store === null) throw invalidType('store', 'a store', store)
  return new JsonS3Store(store, new JsonForm(options))
}

class JsonS3Store {
  #store
  #form
  #verbs

  /**
   * @param {ObjectStore} store
   * @param {JsonForm} form
   */
  constructor(store, form) {
    this.#store = store
    this.#form = form
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
   * @param {keyof ObjectStore | 'headObject' | 'exists'} name
   * @param {any[]} args
   * @returns {any}
   */
  #call(name, ...args) {
    const method = /** @type {any} */ (this.#store)[name]
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
    checkKey(key)
    const result = await this.#call('createObject', key, this.#form.toText(value), writeOptions(options))
    return result.etag
  }

  /**
   * @param {string} key
   * @param {unknown} value
   * @param {string} etag
   * @param {JsonWriteOptions | string} [options]
   */
  async putObjectIfMatch(key, value, etag, options) {
    checkKey(key)
    const result = await this.#call('putObjectIfMatch', key, this.#form.toText(value), etag, writeOptions(options))
    return result.etag
  }

  /**
   * @param {string} key
   * @param {string} [etag]
   * @param {GetIfMatchOptions} [options]
   */
  async getObjectIfMatch(key, etag, options) {
    const result = await this.#call('getObjectIfMatch', key, etag, ...optional(options, WHOLE_IF_MATCH))
    return await this.#read(result, key)
  }

  /**
   * @param {string} key
   * @param {GetOptions} [options]
   * @returns {Promise<any>} value and etag; null where nothing has changed
   */
  async getObject(key, options) {
    const result = await this.#call('getObject', key, ...optional(options, WHOLE))
    return result.notModified === true ? null : [await this.#read(result, key), result.etag]
  }

  /**
   * @param {string} key
   * @param {HeadOptions} [options]
   */
  async headObject(key, options) {
    return await this.#call('headObject', key, ...optional(options))
  }

  /**
   * @param {string} key
   * @param {AccessOptions} [options]
   */
  async exists(key, options) {
    return await this.#call('exists', key, ...optional(options))
  }

  /**
   * @param {string} key
   * @param {DeleteObjectOptions | string} [options] or an etag, which means nothing
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
    const form = this.#form
    // Loaded with the first one.
    const { update } = require('./update.cjs')
    const { result, given, read } = await update(this.#verbs, key, fn, options, {
      readOptions: readUpdateWrite,
      read: (got) => readValue(got, source, form),
      toBody: (value, argument) => form.toText(value, argument),
    })
    return { ...result, value: given === undefined ? await valueOf(read, source, form) : given }
  }

  /**
   * @param {number} _depth
   * @param {import('node:util').InspectOptions} options
   */
  [inspect.custom](_depth, options) {
    return `JsonS3Store ${inspect({ store: this.#store }, options)}`
  }

  /**
   * @param {{ asJson(): Promise<any> }} result
   * @param {string} key
   */
  async #read(result, key) {
    return await this.#form.checked(await readJson(result, key), { key, bucket: this.#store.bucket })
  }

  /**
   * @param {string} [prefix]
   * @param {import('../index.cjs').ListOptions} [options]
   */
  list(prefix, options) {
    return this.#call('list', prefix, ...optional(options))
  }
}

/**
 * Options as arguments: calls without any stay the mirrored package's.
 * @param {unknown} options
 * @param {ReadonlySet<string>} [known] the options, where they aren't the store's
 */
function optional(options, known) {
  if (known && typeof options === 'object' && options !== null) refuseUnknown('options', options, known)
  return options === undefined ? [] : [options]
}

/**
 * A value for the caller, who may change it, with the bytes that it was read from.
 * @param {any} got
 * @param {{ key: string, bucket: string }} source
 * @param {JsonForm} form
 * @returns {Promise<{ current: any, bytes: Buffer }>}
 */
async function readValue(got, source, form) {
  const bytes = typeof got.asByteArray === 'function' ? await got.asByteArray() : undefined
  if (ArrayBuffer.isView(bytes)) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return { current: await valueOf(buffer, source, form), bytes: buffer }
  }
  // Another's store need give no more than asJson.
  const read = await readJson(got, source.key)
  return { current: await form.checked(read, source), bytes: Buffer.from(JSON.stringify(read)) }
}

/**
 * @param {Buffer | undefined} bytes
 * @param {{ key: string, bucket: string }} source
 * @param {JsonForm} form
 */
async function valueOf(bytes, source, form) {
  return bytes === undefined ? null : await form.checked(parseJson(bytes.toString(), source), source)
}

/** @param {JsonWriteOptions} options */
function readUpdateWrite({ contentType: _ignored, ...options }) {
  const write = checkedWriteParts(options)
  return { write: writeOptions(write), isForced: changesObject(write) }
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
 * @returns {WriteOptions}
 */
function writeOptions(options) {
  if (options === undefined || typeof options === 'string') return { contentType: CONTENT_TYPE, metadata: undefined }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidType('options', 'an object', options)
  }
  refuseUnknown('options', options, OPTIONS)
  // Another's store need not know of what isn't given.
  const given = Object.entries(options).filter(([name, value]) => name !== 'contentType' && value !== undefined)
  return { contentType: CONTENT_TYPE, metadata: undefined, ...Object.fromEntries(given) }
}

module.exports = { createJsonWrapper }
