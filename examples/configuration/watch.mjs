// The watcher: it looks at one object again and again, and reads it only if it has changed.
import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidVersionError, isNamed } from './version.mjs'

/**
 * @typedef {object} Watching
 * @property {number} [interval] between two looks, in milliseconds. Default: 10,000
 * @property {number} [jitter] how much shorter or longer a wait may be, as a share of it. Default: 0.2
 * @property {AbortSignal} [signal] ends it, without an error
 * @property {(problem: unknown) => void} [onProblem] gets what a look found in place of a valid version, or failed with
 * @property {(ms: number, signal?: AbortSignal) => Promise<unknown>} [pause] waits. Default: a timer
 */

/**
 * @template T
 * @typedef {import('./version.mjs').Version<T>} Version
 */

/**
 * @template T
 * @param {import('s3-store-native').S3Store} store
 * @param {string} key
 * @param {(text: string) => Version<T>} checked throws where it is no valid version
 * @param {Watching} [options]
 * @returns {AsyncGenerator<Version<T>, void>} valid ones only, and never an older one
 */
export async function* watch(store, key, checked, options = {}) {
  const { interval = 10_000, jitter = 0.2, signal, onProblem = () => {}, pause = timer } = options
  /** @type {Version<T> | undefined} */
  let last
  /** @type {string | undefined} */
  let etag
  for (;;) {
    let seen
    try {
      const got = await store.getObject(key, { ifNoneMatch: etag, signal })
      if (!got.notModified) {
        const text = await got.asString()
        // From here on it is known, right or wrong, and not read again.
        etag = got.etag
        const found = checked(text)
        if (last && found.version < last.version) {
          throw new InvalidVersionError(key, `it is ${found.version}, after ${last.version}`)
        }
        seen = found
      }
    } catch (error) {
      // Nothing there is no problem before the first publication.
      if (!signal?.aborted && (last || !isNamed(error, 'NoSuchKey'))) onProblem(error)
    }
    if (signal?.aborted) return
    if (seen && seen.id !== last?.id) yield (last = seen)
    // Give or take: watchers that were started together shall not ask together.
    await pause(interval * (1 + jitter * (2 * Math.random() - 1)), signal)
    if (signal?.aborted) return
  }
}

/** @param {number} ms @param {AbortSignal} [signal] */
const timer = (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {})
