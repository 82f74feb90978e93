// A writer of one key, among others: it does what its draws say, and keeps what it was told.
import { pick } from '../support/random.mjs'
import { etagOf } from './oracle.mjs'

export class Writer {
  #name
  #key
  #server
  #store
  #random
  #bodies = 0
  /** Tags of what this writer wrote and has not tried to delete: a delete can be told only by its tag from another's. */
  #own = new Set()
  /** Every write: what was asked, and what was said, as the oracle takes it. */
  calls = []

  constructor({ name, key, server, store, random }) {
    this.#name = name
    this.#key = key
    this.#server = server
    this.#store = store
    this.#random = random
  }

  async run(rounds) {
    for (let round = 0; round < rounds; round += 1) {
      // Now and then what is held arrives while others write.
      if (this.#random() < 0.1) await this.#server.release({ key: this.#key })
      if (this.#random() < 0.25) await this.#update()
      else await this.#write()
    }
  }

  async #write() {
    const [store, key] = [this.#store, this.#key]
    const there = await store.getObject(key).catch((error) => ({ error }))
    if (there.error && there.error.name !== 'NoSuchKey') return
    const { etag } = there
    if (!etag) {
      const body = this.#body()
      await this.#call('create', { etags: new Set([etagOf(body)]) }, () => store.createObject(key, body))
    } else if (this.#own.has(etag) && this.#random() < 0.5) {
      this.#own.delete(etag)
      const idempotent = this.#random() < 0.5
      const call = { etags: new Set([etag]), isDelete: true, isIdempotent: idempotent }
      await this.#call('delete', call, () => store.deleteObjectIfMatch(key, etag, { idempotent }))
    } else {
      const body = this.#body()
      await this.#call('put', { etags: new Set([etagOf(body)]) }, () => store.putObjectIfMatch(key, body, etag))
    }
  }

  async #update() {
    const idempotent = pick(this.#random, [true, false])
    const etags = new Set()
    const change = () => {
      const body = this.#body()
      etags.add(etagOf(body))
      return body
    }
    const update = () => this.#store.update(this.#key, change, { idempotent })
    await this.#call('update', { etags, isIdempotent: idempotent }, update)
  }

  /** A body that no other write has. */
  #body() {
    this.#bodies += 1
    return `${this.#name}, body ${this.#bodies}`
  }

  async #call(what, call, make) {
    const [{ value: result, reason: error }] = await Promise.allSettled([make()])
    if (result && !call.isDelete) this.#own.add(result.etag)
    const name = `${this.#name}, call ${this.calls.length}, ${what} ${JSON.stringify([...call.etags])}`
    this.calls.push({ name, key: this.#key, isDelete: false, ...call, result, error })
  }
}
