// Writes under a lock, each with the holder's token, to objects that refuse a token lower than one they have seen. A process that was
// frozen, and wakes up believing that it has the lock, or a request that was on its way meanwhile, changes nothing any more.
//
// The token is part of the bytes, as a nonce is: so the etag, and with it the condition of a write, stands for both. Were it in
// the metadata, the same value written again under a later token would have the same etag.
import { randomUUID } from 'node:crypto'
import { createJsonWrapper } from 's3-store-native'

/** @typedef {import('s3-store-native').S3Store} S3Store */
/** @typedef {Omit<import('s3-store-native').JsonUpdateOptions, 'signal'>} Options */
/** @typedef {Pick<import('./lock.mjs').Lease, 'token' | 'signal' | 'throwIfLost'>} Held */

/** A later holder has written already. Nothing was written. */
export class FencedOffError extends Error {
  /** @override */
  name = 'FencedOffError'
}

/**
 * The writes of a holder. All writers of these objects have to go through here, and nobody may delete them.
 * @param {S3Store} store
 * @param {Held} lease
 */
export function fence(store, lease) {
  const json = createJsonWrapper(store)
  return {
    /**
     * As `update` of a JSON store: what `change` gives is written in place of the value that it got, `null` where there was none.
     * @template T
     * @param {string} key
     * @param {(value: T | null) => T | undefined | Promise<T | undefined>} change
     * @param {Options} [options]
     * @throws {FencedOffError} when a later holder has written; `LockLostError`; what `update` throws
     */
    async update(key, change, options) {
      const fenced = await json.update(
        key,
        async (current) => {
          if (current && !(current.token <= lease.token)) {
            throw new FencedOffError(`${key} was written under token ${current.token}, after ${lease.token}`)
          }
          const value = await change(current ? current.value : null)
          lease.throwIfLost()
          return value === undefined ? undefined : { token: lease.token, write: randomUUID(), value }
        },
        { ...options, signal: lease.signal },
      )
      return { ...fenced, value: /** @type {T | null} */ (fenced.value?.value ?? null) }
    },
  }
}
