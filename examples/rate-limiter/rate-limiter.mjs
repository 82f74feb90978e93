// A token bucket that processes share: an object that says how many tokens there are, and fills up as the server's clock goes on. Who
// takes some writes down what is left, under the condition that nobody else has meanwhile. A process takes several at once, a
// lease, and spends them by itself, without a request.
import { AmbiguousWriteError } from 's3-store-native'

/** @typedef {import('s3-store-native').GetResult} GetResult */
/**
 * @typedef {object} Options times are in seconds
 * @property {number} limit never more permits than these are spent in any `window`, by all processes together
 * @property {number} window
 * @property {number} [burst] how many tokens there are when nobody has taken any for a while: half of the limit
 * @property {number} [batch] how many a process leases at once at most: 10
 * @property {number} [lease] how long it may spend them: 1
 * @property {number} [allowance] what the clocks of S3's servers may differ by, and 1 for what `Date` leaves out: 2
 * @property {string} [prefix] of the keys on S3: `rate-limiter/`
 * @property {boolean} [failOpen] whether everything is allowed while S3 can't be asked, or nothing: false
 * @property {number} [timeout] the longest that taking a lease may take; no other one is begun for who has waited as long: 5
 */
/**
 * @typedef {{ allowed: true, retryAfter?: undefined } | { allowed: false, retryAfter: number }} Answer `retryAfter`: the seconds
 *   after which it may be allowed
 */
/** @typedef {Answer & { error?: unknown }} Taken `error`: why S3 could not be asked; it was `failOpen` that decided */
/** @typedef {{ permits: number, size: number, until: number }} Lease */
/**
 * @typedef {object} Known what this process knows of a key
 * @property {Lease[]} leases that are not spent, and not over
 * @property {Lease} [last]
 * @property {number} wanted permits that callers are waiting for
 * @property {Promise<void>} [asking] a lease is being taken
 * @property {{ tokens: number, at: number }} [short] so few tokens there were then
 * @property {number} doubts how many leases, one after the other, may have been written or not
 * @property {{ error: unknown, until: number }} [failed]
 */

/** Seconds by a clock that nobody sets, and of which only differences count. */
const now = () => performance.now() / 1000

/** After a failure S3 is not asked about the key for so many seconds. */
const REST = 1
/** So many leases in doubt, one after the other, are a failure. */
const DOUBTS = 3
/** What is known of so many keys is kept. */
const KEYS = 10_000

export class RateLimiter {
  #store
  #options
  /** @type {Map<string, Known>} */
  #known = new Map()

  /** @param {import('s3-store-native').S3Store} store @param {Options} options */
  constructor(store, { limit, window, burst = limit / 2, batch = 10, lease = 1, allowance = 2, ...rest }) {
    if (!(burst >= 1 && burst < limit)) throw new RangeError('burst must be at least 1, and less than limit')
    const { timeout = 5 } = rest
    for (const [name, value] of Object.entries({ window, batch, lease, timeout })) {
      if (!(value > 0 && value < Infinity)) throw new RangeError(`${name} must be above 0`)
    }
    if (!(allowance >= 1)) throw new RangeError('allowance must be at least 1: a Date has whole seconds')
    this.#store = store
    // What is spent in a window was taken in it, or before it by no more than a lease and what clocks are wrong by: in all that time
    // the bucket gives what it holds and what it gets. That shall be the limit.
    const rate = (limit - burst) / (window + lease + allowance)
    this.#options = { prefix: 'rate-limiter/', failOpen: false, ...rest, timeout, burst, batch, lease, rate }
  }

  /**
   * Spends permits, if there are so many.
   * @param {string} key what the limit is for: no longer than a key on S3 can be, once it is percent-encoded
   * @param {number} [count] at most the `burst`: there are never more at once
   * @returns {Promise<Taken>}
   */
  async take(key, count = 1) {
    const { burst, rate, timeout } = this.#options
    const end = now() + timeout
    const object = this.#objectOf(key)
    if (!(Number.isInteger(count) && count > 0 && count <= burst)) throw new RangeError(`count must be 1 to ${burst}`)
    const known = this.#know(object)
    for (;;) {
      if (spend(known, count)) return { allowed: true }
      const { failed, short } = known
      if (failed && failed.until > now()) return this.#failed(failed.error, failed.until - now())
      // The others only take: until then there can't be enough, and nobody need be asked.
      const retryAfter = short ? (count - short.tokens) / rate - (now() - short.at) : 0
      if (retryAfter > 0) return { allowed: false, retryAfter }
      if (now() >= end) return this.#failed(new Error(`no permits within ${timeout} s`), REST)
      known.wanted += count
      known.asking ??= this.#takeLease(object, known, count).finally(() => (known.asking = undefined))
      await known.asking
      known.wanted -= count
    }
  }

  /** S3 could not be asked. @param {unknown} error @param {number} retryAfter @returns {Taken} */
  #failed(error, retryAfter) {
    return this.#options.failOpen ? { allowed: true, error } : { allowed: false, retryAfter, error }
  }

  /** @param {string} object @param {Known} known @param {number} count what is needed at least */
  async #takeLease(object, known, count) {
    const { batch, lease, timeout } = this.#options
    const size = Math.max(count, Math.min(batch, Math.max(known.wanted, nextSize(known.last))))
    // From before the server says what time it is, which it does anew in each round: a lease is rather over too early.
    let asked = now()
    let next = asked
    let granted = 0
    /** @param {GetResult | null} got */
    const change = async (got) => {
      asked = next
      next = now()
      const bucket = await this.#bucketOf(got)
      const enough = Math.floor(bucket.tokens) >= count
      granted = got && enough ? Math.min(size, Math.floor(bucket.tokens)) : 0
      known.short = enough ? undefined : { tokens: bucket.tokens, at: asked }
      return enough ? JSON.stringify({ ...bucket, tokens: bucket.tokens - granted }) : undefined
    }
    try {
      const { changed } = await this.#store.update(object, change, { timeout: timeout * 1000 })
      known.doubts = 0
      if (!changed || granted === 0) return
      // To ask again would take the same time, and the next lease.
      if (now() >= asked + lease) throw new Error(`it took ${lease} s to take a lease, which was over by then`)
      known.last = { permits: granted, size, until: asked + lease }
      known.leases.push(known.last)
    } catch (error) {
      // A lease that may have been written, or may be yet, is spent, and nobody has it. Another one is asked for.
      if (error instanceof AmbiguousWriteError && (known.doubts += 1) < DOUBTS) return
      known.failed = { error, until: now() + REST }
      known.doubts = 0
    }
  }

  /**
   * What there is now, by the server's clock: the same for all who ask, unlike theirs.
   * @param {GetResult | null} got
   */
  async #bucketOf(got) {
    const { burst, rate } = this.#options
    // The server has said no time yet. Nothing is taken until it has.
    if (!got) return { tokens: burst, time: 0 }
    const { date } = got.response.$metadata
    if (!date)
      throw new TypeError('the server says no date, or the store goes through a client, which keeps it to itself')
    const { tokens, time } = await got.asJson()
    if (!Number.isFinite(tokens) || !Number.isFinite(time)) throw new TypeError('the object is no bucket of tokens')
    const passed = Math.max(0, date.getTime() / 1000 - time)
    return { tokens: Math.min(burst, tokens + rate * passed), time: time + passed }
  }

  /** @param {string} key @returns where its bucket is. What can't be a key is no failure of S3's, and nothing that `failOpen` allows. */
  #objectOf(key) {
    if (/\p{Surrogate}/u.test(key)) throw new TypeError('key must be well-formed: it has half a surrogate pair')
    const object = `${this.#options.prefix}${encodeURIComponent(key)}.json`
    if (Buffer.byteLength(object) > 1024)
      throw new RangeError('key must be shorter: S3 has 1,024 bytes for it, encoded')
    return object
  }

  /** @param {string} object @returns {Known} */
  #know(object) {
    const known = this.#known.get(object)
    if (known) return known
    // What is forgotten is spent.
    if (this.#known.size >= KEYS) this.#known.clear()
    const fresh = { leases: [], wanted: 0, doubts: 0 }
    this.#known.set(object, fresh)
    return fresh
  }
}

/** As many as lately were needed: one, and twice as many each time that all were spent in time. @param {Lease} [last] */
function nextSize(last) {
  return last && last.permits === 0 && last.until > now() ? 2 * last.size : 1
}

/** Spends permits of leases that are not over, the oldest first. @param {Known} known @param {number} count */
function spend(known, count) {
  known.leases = known.leases.filter(({ permits, until }) => permits > 0 && until > now())
  if (known.leases.reduce((sum, { permits }) => sum + permits, 0) < count) return false
  for (const lease of known.leases) {
    const spent = Math.min(count, lease.permits)
    lease.permits -= spent
    count -= spent
  }
  return true
}
