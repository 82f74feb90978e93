// What a stream came to at a version, kept so that not all of its events have to be read again. It is a cache: what can't be read or
// written of it costs requests, and nothing else.
import { createJsonWrapper } from 's3-store-native'

/**
 * @template State
 * @typedef {object} View
 * @property {string} name of its snapshots. What `evolve` makes another state of needs another name
 * @property {() => State} initial
 * @property {(state: State, event: import('./event-store.mjs').StoredEvent) => State} evolve
 * @property {number} [every] a snapshot is taken after so many events, of a state that JSON can hold: no Date, Map, Set or BigInt in
 * it. Default: never
 */
/** @typedef {{ state: any, version: number }} Snapshot */

export class Snapshots {
  #json

  /** @param {import('s3-store-native').S3Store} store */
  constructor(store) {
    this.#json = createJsonWrapper(store)
  }

  /** @param {string} key @returns {Promise<Snapshot | undefined>} */
  async read(key) {
    const [found] = await this.#json.getObject(key).catch(() => [])
    return Number.isInteger(found?.version) ? found : undefined
  }

  /** @param {string} key @param {Snapshot} snapshot */
  async write(key, snapshot) {
    // It only ever gets newer. Two that are of one version are the same.
    const newer = (/** @type {Snapshot | undefined} */ there) =>
      there && there.version >= snapshot.version ? undefined : snapshot
    await this.#json.update(key, newer, { idempotent: true }).catch(() => {})
  }
}

/** What JSON makes of a value. @template T @param {T} value @returns {T} */
export const jsonOf = (value) => JSON.parse(JSON.stringify(value))
