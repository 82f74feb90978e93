// The calls of a client, each written down before it is made and when it has come to its end.
import { writeSync, openSync } from 'node:fs'
import { bodyOf, counterOf, writerOf } from './bodies.mjs'
import { now } from './clock.mjs'

/** @typedef {'read' | 'readIf' | 'create' | 'put' | 'delete' | 'update' | 'increment'} Verb */
/** @typedef {{ etag: string, id?: string, write?: string, count?: number }} Seen an object that was read or written */
/**
 * A line of a client's file. A call has one when it begins, one for each round of an update, and one when it ends.
 * @typedef {object} Line
 * @property {string} call
 * @property {number} at
 * @property {Verb} [verb]
 * @property {string} [key]
 * @property {string} [etag] the condition
 * @property {number} [round]
 * @property {Partial<Seen> | null} [saw] what an update goes from
 * @property {Seen & { recovered?: boolean, attempts?: number }} [ok]
 * @property {{ name: string, operation?: string, message: string }} [error]
 */

export class Calls {
  #store
  #json
  #client
  #file
  #count = 0

  /**
   * @param {object} task
   * @param {import('../index.js').S3Store} task.store
   * @param {import('../index.js').JsonS3Store} task.json
   * @param {string} task.client its name
   * @param {string} task.file
   */
  constructor({ store, json, client, file }) {
    this.#store = store
    this.#json = json
    this.#client = client
    this.#file = openSync(file, 'a')
  }

  /** @param {string} key */
  read(key) {
    return this.#call('read', key, {}, async () => seen(await this.#store.getObject(key)))
  }

  /** @param {string} key @param {string} etag */
  readIf(key, etag) {
    return this.#call('readIf', key, { etag }, async () => seen(await this.#store.getObjectIfMatch(key, etag)))
  }

  /** @param {string} key @param {number} size */
  create(key, size) {
    return this.#call('create', key, {}, async (call) => {
      const write = `${call}/1`
      return written(await this.#store.createObject(key, bodyOf(write, size)), write)
    })
  }

  /** @param {string} key */
  createCounter(key) {
    return this.#call('create', key, {}, async (call) => {
      const write = `${call}/1`
      return written(await this.#store.createObject(key, JSON.stringify(counterOf(write, 0))), write)
    })
  }

  /** @param {string} key @param {string} etag @param {number} size */
  put(key, etag, size) {
    return this.#call('put', key, { etag }, async (call) => {
      const write = `${call}/1`
      return written(await this.#store.putObjectIfMatch(key, bodyOf(write, size), etag), write)
    })
  }

  /** @param {string} key @param {string} etag */
  delete(key, etag) {
    return this.#call('delete', key, { etag }, async () => {
      const { response } = await this.#store.deleteObjectIfMatch(key, etag)
      return { etag: '', ...outcomeOf(response) }
    })
  }

  /** @param {string} key @param {number} size */
  update(key, size) {
    return this.#call('update', key, {}, async (call) => {
      let round = 0
      const result = await this.#store.update(key, async (current) => {
        const saw = current && (await seen(current))
        this.#record({ call, at: now(), round: (round += 1), saw })
        return bodyOf(`${call}/${round}`, size)
      })
      return written(result, `${call}/${round}`)
    })
  }

  /** @param {string} key */
  increment(key) {
    return this.#call('increment', key, {}, async (call) => {
      let round = 0
      const increase = (/** @type {any} */ current) => {
        this.#record({ call, at: now(), round: (round += 1), saw: writerOf(JSON.stringify(current)) })
        return counterOf(`${call}/${round}`, current.count + 1)
      }
      // A counter is there: a server that denies it must not begin it anew (see `deniesObjects` in servers.mjs).
      const result = await this.#json.update(key, increase, { create: false })
      return written(result, `${call}/${round}`)
    })
  }

  /**
   * @param {Verb} verb
   * @param {string} key
   * @param {{ etag?: string }} condition
   * @param {(call: string) => Promise<Seen>} make
   * @returns {Promise<Seen | undefined>} nothing when it failed
   */
  async #call(verb, key, condition, make) {
    const call = `${this.#client}-${(this.#count += 1)}`
    this.#record({ call, at: now(), verb, key, ...condition })
    try {
      const ok = await make(call)
      this.#record({ call, at: now(), ok })
      return ok
    } catch (error) {
      const { name, operation, message } = /** @type {Error & { operation?: string }} */ (error)
      this.#record({ call, at: now(), error: { name, operation, message } })
      return undefined
    }
  }

  /**
   * What was handed to the system outlives the process, however that ends.
   * @param {Line} line
   */
  #record(line) {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }
}

/** @param {import('../index.js').GetResult} got @returns {Promise<Seen>} */
async function seen(got) {
  const text = await got.asString()
  const writer = writerOf(text)
  if (!writer) throw Object.assign(new Error(text.slice(0, 100)), { name: 'ForeignBody' })
  return { etag: got.etag, id: got.response.writeId, ...writer }
}

/** @param {{ etag?: string, response?: any }} result @param {string} write @returns {Seen} */
function written({ etag = '', response }, write) {
  return { etag, id: response.writeId, write, ...outcomeOf(response) }
}

/** @param {import('../index.js').WriteOutcome & { $metadata: { attempts?: number } }} response */
function outcomeOf({ recovered, $metadata }) {
  return { recovered, attempts: $metadata.attempts }
}
