// A lock that is a lease: whoever has it renews it, and whoever dies loses it. Each holder gets a token that is higher than any
// before, by which the objects that the lock guards refuse former holders: a process that was frozen can't know that it is one.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isUndecided, LockObject } from './entry.mjs'

/** @typedef {import('s3-store-native').S3Store} S3Store */
/** @typedef {import('./entry.mjs').Seen} Seen */

// The Date is exact to a second: in the last one before a lease runs out, look more often.
const SECOND = 1000
const LAST_SECOND_POLL = 150
// A holder stops ahead of the end: its timer may be late, and its work needs a moment to stop.
const SHARE_OF_TTL = 0.9
const RELEASES = 3

/** Somebody else has the lock, for as long as the caller would wait. */
export class LockHeldError extends Error {
  /** @override */
  name = 'LockHeldError'
}

/** The lease is over: it couldn't be renewed, somebody else has it, or it was released. */
export class LockLostError extends Error {
  /** @override */
  name = 'LockLostError'
}

export class Lock {
  #object

  /**
   * @param {S3Store} store
   * @param {string} key of an object that is the lock's alone, and is never deleted: it keeps the last token
   * @param {object} [options] the same for all who share the lock
   * @param {number} [options.ttl] milliseconds that a lease lasts unless it is renewed
   * @param {number} [options.allowance] milliseconds by which clocks of the server's machines may differ, and a second more, to which
   * they are exact
   * @param {number} [options.poll] milliseconds between two looks at a lock that somebody else has
   */
  constructor(store, key, { ttl = 30_000, allowance = 2000, poll = ttl / 3 } = {}) {
    if (!(ttl >= SECOND && allowance >= SECOND)) throw new RangeError(`ttl and allowance must be ${SECOND} at least`)
    this.#object = new LockObject(store, key, allowance)
    this.ttl = ttl
    this.poll = poll
  }

  /**
   * Waits for the lock, and gets it.
   * @param {{ wait?: number, signal?: AbortSignal }} [options] `wait`: milliseconds, 0 for one look. Default: for ever
   * @returns {Promise<Lease>}
   * @throws {LockHeldError} when somebody else has it all the time; the reason of the signal; what reading and writing throw
   */
  async acquire({ wait = Infinity, signal } = {}) {
    const holder = randomUUID()
    const until = performance.now() + wait
    /** @type {Seen | undefined} */
    let seen
    for (;;) {
      signal?.throwIfAborted()
      // Time for one look there is always, and more only as long as there is time to wait.
      const timeout = Math.max(until - performance.now(), this.ttl / 3)
      seen = await this.#object.look(timeout, { known: seen, signal })
      // An entry of ours is one whose answer was lost. When it was written isn't known: over it, with the next token.
      if (seen.left <= 0 || seen.entry?.holder === holder) {
        const lease = await this.#take(holder, seen)
        if (lease && !signal?.aborted) return lease
        await lease?.release()
        continue
      }
      const rest = until - performance.now()
      if (rest <= 0) throw new LockHeldError(`${this.#object.key} is held, by token ${seen.entry?.token}`)
      const pause = Math.max(Math.min(this.poll, seen.left - SECOND), LAST_SECOND_POLL) * (0.5 + Math.random() / 2)
      // When it is aborted, the loop says so.
      await sleep(Math.min(pause, rest), undefined, { signal }).catch(() => {})
    }
  }

  /** @param {string} holder @param {Seen} seen */
  async #take(holder, { etag, entry }) {
    const token = (entry?.token ?? 0) + 1
    const sent = performance.now()
    try {
      const { etag: written } = await this.#object.write({ token, holder, ttl: this.ttl }, etag, this.ttl)
      return new Lease(this.#object, { token, holder, ttl: this.ttl, etag: written, sent })
    } catch (error) {
      if (!isUndecided(error)) throw error
      return undefined
    }
  }
}

export class Lease {
  #object
  #holder
  #ttl
  #etag
  #lost = new AbortController()
  /** @type {unknown} what last kept it from being renewed */
  #trouble
  #sent = 0
  /** @type {NodeJS.Timeout | undefined} */
  #timer
  #renewing

  /** @param {LockObject} object @param {import('./entry.mjs').Entry & { etag: string, sent: number }} taken */
  constructor(object, { token, holder, ttl, etag, sent }) {
    this.#object = object
    this.token = token
    this.#holder = holder
    this.#ttl = ttl
    this.#etag = etag
    this.#lastsFrom(sent)
    this.#renewing = this.#renew()
  }

  /** Aborts, with a {@link LockLostError}, when the lease is lost: ahead of its end, if the process runs. */
  get signal() {
    return this.#lost.signal
  }

  /**
   * To be asked before anything that only the holder may do: a process that was frozen may come here before its timers.
   * @throws {LockLostError}
   */
  throwIfLost() {
    if (performance.now() >= this.#deadline) this.#lose('was not renewed in time')
    this.signal.throwIfAborted()
  }

  /**
   * Ends the lease, for others to have the lock at once. `false`, and nothing is changed, when somebody else has it already.
   * @returns {Promise<boolean>}
   */
  async release() {
    this.#lose('was released')
    await this.#renewing
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#write(0)
      } catch (error) {
        if (attempt === RELEASES) throw error
      }
    }
  }

  async #renew() {
    // From when it was sent: that the answer was late doesn't make the lease any longer.
    let next = this.#sent + this.#ttl / 3
    for (;;) {
      await sleep(next - performance.now(), undefined, { signal: this.signal, ref: false }).catch(() => {})
      if (this.signal.aborted) return
      try {
        if (!(await this.#write(this.#ttl))) this.#lose('is held by somebody else')
        next = this.#sent + this.#ttl / 3
      } catch (error) {
        // The network, or an answer in doubt: again, as long as there is time.
        this.#trouble = error
        next = performance.now() + this.#ttl / 30
      }
    }
  }

  /**
   * Writes an entry over ours.
   * @param {number} ttl
   * @returns {Promise<boolean>} whether it was ours
   */
  async #write(ttl) {
    // So that time is left to try again.
    const timeout = this.#ttl / 3
    const sent = performance.now()
    try {
      const entry = { token: this.token, holder: this.#holder, ttl }
      const { etag, response } = await this.#object.write(entry, this.#etag, timeout)
      this.#etag = etag
      if (!this.signal.aborted) this.#lastsFrom(sent)
      return response.current !== false
    } catch (error) {
      if (!isUndecided(error)) throw error
      // What stands in the way may be an entry of ours that was in doubt, from which to go on.
      const { entry, etag } = await this.#object.look(timeout)
      if (entry?.holder !== this.#holder || !etag) return false
      this.#etag = etag
      throw error
    }
  }

  /** @param {number} sent before the write was: the server's clock can't have been earlier when it wrote */
  #lastsFrom(sent) {
    this.#trouble = undefined
    this.#sent = sent
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#lose('was not renewed in time'), this.#deadline - performance.now()).unref()
  }

  get #deadline() {
    return this.#sent + this.#ttl * SHARE_OF_TTL
  }

  /** @param {string} why */
  #lose(why) {
    clearTimeout(this.#timer)
    this.#lost.abort(new LockLostError(`${this.#object.key} ${why}, token ${this.token}`, { cause: this.#trouble }))
  }
}
