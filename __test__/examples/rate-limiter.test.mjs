import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, it } from 'node:test'
import { AmbiguousWriteError } from 's3-store-native'
import { RateLimiter } from '../../examples/rate-limiter/rate-limiter.mjs'
import { generator, seed } from '../support/random.mjs'
import { waitFor, within } from '../support/wait.mjs'
import { CountingProxy } from './support/counting-proxy.mjs'
import { onEachServer, onFaultServer, throughLostAnswers } from './support/places.mjs'
import { Process } from './support/processes.mjs'

const bound = 120_000
const hour = 3600
/** Of which next to nothing comes back within a test. */
const still = { limit: 41, burst: 40, window: 1e9, lease: hour }

/** The most permits that were certainly given within one window. Each is `[before, after]`: it was given in between. */
function mostWithin(window, log) {
  const ends = log.toSorted(([, a], [, b]) => a - b)
  const counts = log.map(([start]) => ends.filter(([begun, ended]) => begun >= start && ended <= start + window).length)
  return Math.max(0, ...counts)
}

/** Takes until there is no more, and gives how many there were. */
async function drain(limiter, key) {
  for (let count = 0; ;) {
    const { allowed, retryAfter, error } = await limiter.take(key)
    assert.ok(count < 1000, 'it has no end')
    if (allowed) count += 1
    else if (!error) {
      assert.ok(retryAfter > 0)
      return count
    } else await sleep(retryAfter * 1000)
  }
}

/** A limit that is soon used up, and comes back soon. */
const busy = { limit: 40, window: 1, burst: 20, batch: 5, lease: 0.5, allowance: 1, timeout: 60 }
const seconds = () => Number(process.hrtime.bigint()) / 1e9

/** Waits until there were permits for some windows, and looks at all of them. @param {() => number[][]} log */
async function assertHeld(log) {
  const [begun, from] = [log().length, seconds()]
  const isOver = () => seconds() - from > 2.2 * busy.window && log().length > begun + busy.limit / 2
  await waitFor(isOver, 'permits', bound)
  const most = mostWithin(busy.window, log())
  assert.ok(most <= busy.limit, `${most} within ${busy.window} s`)
}

function processes({ test }) {
  test('8 processes with skewed clocks never spend more than the limit in any window', async (place) => {
    const skews = [0, 3600, -3600, 60, -60, 1, -86_400, 86_400]
    const takers = skews.map((skew) => {
      const args = [place.bucket.name, String(skew * 1000), JSON.stringify(busy)]
      return new Process('permit-taker.mjs', args, place.endpoint)
    })
    try {
      await Promise.all(takers.map((taker) => taker.said((line) => line === 'ready', 'it began')))
      await assertHeld(() => takers.flatMap(({ lines }) => lines.slice(1)))
    } finally {
      await Promise.all(takers.map((taker) => taker.kill()))
    }
  })
}

function lossy({ test }) {
  test('8 limiters never spend more than the limit in any window', async ({ store }) => {
    const log = []
    const ending = new AbortController()
    const take = async (limiter) => {
      while (!ending.signal.aborted) {
        const before = seconds()
        const { allowed, retryAfter = 0 } = await limiter.take('hot')
        if (allowed) log.push([before, seconds()])
        await sleep(Math.min(retryAfter, 0.05) * 1000)
      }
    }
    const takers = Array.from({ length: 8 }, () => take(new RateLimiter(store(), busy)))
    await assertHeld(() => log).finally(() => ending.abort())
    await Promise.all(takers)
  })
}

function sharing({ test }) {
  /** What is in doubt is nobody's: there can be less where answers are lost. */
  const assertSpent = (count, loss) => assert.ok(loss ? count <= still.burst : count === still.burst, String(count))

  test('what there is is spent once, by whomever', async ({ store, loss }) => {
    const limiters = Array.from({ length: 4 }, () => new RateLimiter(store(), { ...still, batch: 3 }))
    const counts = await Promise.all(limiters.map((limiter) => drain(limiter, 'shared')))
    assertSpent(
      counts.reduce((sum, count) => sum + count),
      loss,
    )
  })

  test('callers of one process share a lease', async ({ store, loss }) => {
    const limiter = new RateLimiter(store(), { ...still, batch: 40 })
    const taken = await Promise.all(Array.from({ length: 60 }, () => limiter.take('callers')))
    assertSpent(taken.filter(({ allowed }) => allowed).length, loss)
  })

  test('permits come back by the server’s clock', async ({ store }) => {
    const limiter = new RateLimiter(store(), { limit: 20, burst: 10, window: 10 })
    await drain(limiter, 'again')
    await waitFor(async () => (await limiter.take('again')).allowed, 'one more')
  })
}

function exactly({ test }) {
  test('keys have limits of their own, and several permits are all or none', async ({ store }) => {
    const limiter = new RateLimiter(store(), still)
    for (const key of ['a/b', 'ü', '..']) {
      assert.deepEqual(await limiter.take(key, 30), { allowed: true })
      const { allowed, retryAfter } = await limiter.take(key, 20)
      assert.equal(allowed, false)
      assert.ok(retryAfter > 1e9)
      assert.deepEqual(await limiter.take(key, 10), { allowed: true })
    }
  })

  test('the README says what it costs', async (place) => {
    const wire = await CountingProxy.start(place.endpoint)
    const open = (options) =>
      new RateLimiter(place.store({ endpoint: wire.endpoint, conditions: 'trust' }), { ...still, ...options })
    const requestsOf = async (work) => (await wire.during(work)).map(({ method }) => method).join(' ')
    const take = async (limiter, times, key) => {
      for (let time = 0; time < times; time += 1) assert.equal((await limiter.take(key)).allowed, true)
    }
    try {
      // The bucket is made, then there is a lease.
      assert.equal(await requestsOf(() => take(open(), 1, 'new')), 'GET PUT GET PUT')
      assert.equal(await requestsOf(() => take(open(), 1, 'new')), 'GET PUT')
      // Leases of 1, 2, 4, 8, 10 and 10.
      const { length } = (await requestsOf(() => take(open(), 35, 'new'))).split(' ')
      assert.equal(length, 6 * 2)
      // The first of them asks for one, and then one for all others.
      const together = (limiter) => Promise.all(Array.from({ length: 10 }, () => limiter.take('together')))
      await take(open(), 1, 'together')
      assert.equal(await requestsOf(() => together(open())), 'GET PUT GET PUT')
      const denied = open()
      assert.equal(await requestsOf(() => drain(denied, 'new')), 'GET PUT GET PUT GET')
      assert.equal(await requestsOf(async () => assert.equal((await denied.take('new')).allowed, false)), '')
      assert.equal((await requestsOf(() => take(open({ batch: 1 }), 10, 'one'))).split(' ').length, 2 + 10 * 2)
    } finally {
      await wire.close()
    }
  })

  test('the README says what a lost round costs', async (place) => {
    const wire = await CountingProxy.start(place.endpoint)
    const store = place.store({ endpoint: wire.endpoint, conditions: 'trust' })
    const [slow, fast] = [new RateLimiter(store, still), new RateLimiter(place.store(), still)]
    try {
      await slow.take('lost')
      // Somebody else is faster, twice.
      let faster = 2
      const { update } = store
      store.update = (key, change, options) =>
        update.call(
          store,
          key,
          async (got) => {
            if (faster > 0) await fast.take('lost', 10 * faster)
            faster -= 1
            return change(got)
          },
          options,
        )
      const seen = await wire.during(() => slow.take('lost', 5))
      assert.deepEqual(seen.map(({ method }) => method).join(' '), 'GET PUT HEAD GET PUT HEAD GET PUT')
    } finally {
      await wire.close()
    }
  })

  test('a damaged object is a failure, and is not read again and again', async (place) => {
    for (const [key, text] of [
      ['damaged-1', '{"tokens":"x","time":1}'],
      ['damaged-2', '{"tokens":1}'],
      ['damaged-3', 'x'],
    ]) {
      await place.bucket.write(`rate-limiter/${key}.json`, text)
      const store = place.store()
      const limiter = new RateLimiter(store, still)
      const { allowed, retryAfter, error } = await within(limiter.take(key), 'an answer')
      assert.deepEqual([allowed, retryAfter > 0, error instanceof Error], [false, true, true], key)
      assert.ok(store.stats().calls < 5, key)
    }
  })

  test('a lease that is over is not spent', async (place) => {
    const store = place.store()
    const limiter = new RateLimiter(store, { ...still, lease: 0.3 })
    const reads = () => store.stats().calls
    await Promise.all(Array.from({ length: 5 }, () => limiter.take('over')))
    await limiter.take('over', 4)
    await sleep(350)
    const known = reads()
    assert.equal((await limiter.take('over')).allowed, true)
    assert.ok(reads() > known)
  })
}

const tokensOf = async (bucket, key) => JSON.parse(await bucket.text(`rate-limiter/${key}.json`)).tokens

/** The writes of a bucket meet this, and what became of them can't be seen. */
async function doubt(server, key, times, action) {
  const match = { key: `rate-limiter/${key}.json` }
  const unseen = { what: 'answer', when: 'before', status: 503 }
  await server.add({ match: { ...match, operation: 'PutObject' }, times, action })
  await server.add({ match: { ...match, operation: 'HeadObject' }, times, action: unseen })
}

function doubtful({ test }) {
  test(`no permit is spent twice (S3_STORE_SEED=${seed})`, async ({ server, bucket, store: open }) => {
    const store = open({ maxAttempts: 1 })
    await new RateLimiter(store, still).take('twice')
    const match = { key: 'rate-limiter/twice.json', operation: 'PutObject' }
    const rules = [
      await server.add({ match, probability: 0.5, action: { what: 'drop', when: 'after' } }),
      await server.add({ match, probability: 0.5, action: { what: 'drop', when: 'before' } }),
      await server.add({
        match: { ...match, operation: 'HeadObject' },
        probability: 0.8,
        action: { what: 'answer', when: 'before', status: 503 },
      }),
    ]
    let permits = 1
    for (;;) {
      // A new one each time: after a failure, one asks nobody for a while.
      const { allowed, error } = await new RateLimiter(store, still).take('twice', 2)
      if (allowed) permits += 2
      else if (!error) break
    }
    for (const acted of await server.acted(...rules)) assert.ok(acted > 0)
    await server.removeAll()
    const left = await tokensOf(bucket, 'twice')
    assert.ok(permits + left <= still.burst + 0.001, `${permits} spent, ${left} left`)
  })

  test('a lease in doubt is spent, and another one is taken', async ({ server, bucket, store: open }) => {
    const store = open({ maxAttempts: 1 })
    const limiter = new RateLimiter(store, { ...still, batch: 1 })
    await limiter.take('doubt')
    await doubt(server, 'doubt', 1, { what: 'drop', when: 'after' })
    assert.deepEqual(await limiter.take('doubt', 5), { allowed: true })
    assert.equal(Math.round(await tokensOf(bucket, 'doubt')), 40 - 1 - 5 - 5)
    await doubt(server, 'doubt', 3, { what: 'drop', when: 'after' })
    const { allowed, error } = await limiter.take('doubt', 2)
    assert.equal(allowed, false)
    assert.ok(error instanceof AmbiguousWriteError, error)
    assert.equal(await drain(new RateLimiter(store, still), 'doubt'), 29 - 3 * 2)
  })

  test('one that comes late takes nothing any more', async ({ server, bucket, store: open }) => {
    const limiter = new RateLimiter(open({ maxAttempts: 1 }), still)
    await limiter.take('late')
    await doubt(server, 'late', 1, { what: 'hold', meanwhile: 'drop' })
    assert.deepEqual(await limiter.take('late', 5), { allowed: true })
    const [{ status }] = await server.release({ key: 'rate-limiter/late.json' })
    assert.equal(status, 412)
    assert.equal(Math.round(await tokensOf(bucket, 'late')), 40 - 1 - 5)
  })

  for (const failOpen of [true, false]) {
    test(`while S3 does not answer ${failOpen ? 'all is' : 'nothing is'} allowed`, async ({ server, store: open }) => {
      const store = open({ maxAttempts: 1 })
      const limiter = new RateLimiter(store, { ...still, failOpen })
      const key = `away-${failOpen}`
      assert.deepEqual(await limiter.take(key), { allowed: true })
      const action = { what: 'answer', when: 'before', status: 503 }
      const id = await server.add({ match: { operation: 'GetObject' }, action })
      for (let time = 0; time < 100; time += 1) {
        const { allowed, error } = await limiter.take(key)
        assert.equal(allowed, failOpen)
        assert.equal(error.name, 'SlowDown')
      }
      // It is not asked a hundred times.
      assert.ok((await server.acted(id))[0] < 50)
      await server.remove(id)
      await waitFor(async () => !(await limiter.take(key)).error, 'an answer')
    })
  }
}

onEachServer('rate limiter, by processes', processes)
onEachServer('rate limiter', sharing)
onEachServer('rate limiter, to the permit', exactly)
throughLostAnswers('rate limiter', sharing)
throughLostAnswers('rate limiter, many', lossy)
onFaultServer('rate limiter', doubtful)

describe('rate limiter, by itself', () => {
  it(`spends no more than the limit in any window (S3_STORE_SEED=${seed})`, (t) => {
    const random = generator(seed)
    return simulate(t, random)
  })

  it('counts what a lease may bring into a window', async (t) => {
    const { clock, store } = simulated(t)
    const open = () => new RateLimiter(store, { limit: 40, window: 1, burst: 20, batch: 20, lease: 3, allowance: 1 })
    const late = open()
    clock.time = 100.99
    // It has leased 18 permits then, and kept 11 of them.
    await late.take('key', 6)
    await late.take('key')
    // In the last moment of that lease it spends them, with all that has come back, and more within the window.
    clock.time = 103.98
    let spent = 0
    for (; spent < 11; spent += 1) assert.equal((await late.take('key')).allowed, true)
    spent += await drain(open(), 'key')
    clock.time = 104.97
    spent += await drain(open(), 'key')
    assert.ok(spent <= 40, `${spent} within 1 s`)
  })

  it('says after how long there can be enough, and asks nobody before', async (t) => {
    const { clock, store } = simulated(t)
    const asked = t.mock.method(store, 'update')
    const limiter = new RateLimiter(store, { limit: 40, window: 60, burst: 20 })
    assert.equal(await drain(limiter, 'key'), 20)
    const known = asked.mock.callCount()
    // (40 - 20) / (60 + 1 + 2) come back in a second.
    const { retryAfter } = await limiter.take('key', 10)
    assert.equal(retryAfter.toFixed(3), '31.500')
    clock.time += retryAfter - 0.1
    assert.equal((await limiter.take('key', 10)).allowed, false)
    assert.equal(asked.mock.callCount(), known)
    // A Date has whole seconds.
    clock.time += 1.1
    assert.deepEqual(await limiter.take('key', 10), { allowed: true })
  })

  it('gains nothing by clocks of the server that differ', async (t) => {
    // Every other answer is by a machine that is a second ahead.
    let ahead = 0
    const { clock, store } = simulated(t, (most) => {
      if (most === 0.1) ahead = 1 - ahead
      clock.time += most === 0.1 ? ahead : -ahead
    })
    const limiter = new RateLimiter(store, { limit: 40, window: 60, burst: 20, batch: 1 })
    assert.equal(await drain(limiter, 'key'), 20)
  })

  it('times a lease from before the server said what time it was', async (t) => {
    const { clock, store } = simulated(t, (most) => (clock.time += most === 0.3 ? 2 : 0))
    const asked = t.mock.method(store, 'update')
    const limiter = new RateLimiter(store, { limit: 40, window: 1, lease: 5, allowance: 1 })
    await limiter.take('key')
    // A lease of two, which was asked for now and is here two seconds later.
    const from = clock.time
    await limiter.take('key')
    const known = asked.mock.callCount()
    clock.time = from + 5.1
    await limiter.take('key')
    assert.equal(asked.mock.callCount(), known + 1)
  })

  it('asks no more for a lease that is over before it is here', async (t) => {
    for (const failOpen of [true, false]) {
      // Each lease takes longer than it lasts; the first of a key is made before it is asked for.
      let wait = 0
      const { clock, store } = simulated(t, () => (clock.time += wait))
      const asked = t.mock.method(store, 'update')
      const limiter = new RateLimiter(store, { limit: 40, window: 60, failOpen })
      await limiter.take('key')
      wait = 0.6
      clock.time += 5
      const known = asked.mock.callCount()
      const { allowed, retryAfter, error } = await limiter.take('key')
      assert.deepEqual([allowed, retryAfter], [failOpen, failOpen ? undefined : 1])
      assert.match(error.message, /over by then/)
      assert.equal(asked.mock.callCount(), known + 1)
      // One try a second, and when it is fast enough again, permits.
      clock.time += 0.9
      assert.match((await limiter.take('key')).error.message, /over by then/)
      assert.equal(asked.mock.callCount(), known + 1)
      clock.time += 0.2
      wait = 0
      assert.deepEqual(await limiter.take('key'), { allowed: true })
    }
  })

  it('counts a lease from the round that was won', async (t) => {
    const { clock, store } = simulated(t)
    const { update } = store
    let lost = 0
    store.update = (key, change) =>
      update.call(store, key, async (got) => {
        for (; lost > 0; lost -= 1) {
          await change(got)
          clock.time += 0.9
        }
        return change(got)
      })
    const limiter = new RateLimiter(store, { limit: 40, window: 60 })
    await limiter.take('key')
    clock.time += 5
    // Three rounds of 0.9 s are longer than a lease lasts; the last of them alone is not.
    lost = 3
    assert.deepEqual(await limiter.take('key'), { allowed: true })
  })

  it('does not ask for ever', async (t) => {
    const { clock, store } = simulated(t)
    // Leases that are in doubt, each after 3 s.
    let asked = 0
    store.update = async () => {
      asked += 1
      clock.time += 3
      throw new AmbiguousWriteError('lost')
    }
    const { allowed, retryAfter, error } = await new RateLimiter(store, { limit: 40, window: 60 }).take('key')
    assert.deepEqual([allowed, retryAfter, asked], [false, 1, 2])
    assert.match(error.message, /no permits within 5 s/)
  })

  it('allows nobody a key that S3 can’t have', async () => {
    // It is not even asked.
    for (const failOpen of [true, false]) {
      const limiter = new RateLimiter({}, { limit: 10, window: 60, failOpen })
      for (const key of ['x'.repeat(1100), 'ü'.repeat(200)]) await assert.rejects(limiter.take(key), RangeError)
      for (const key of ['\ud800', 'x\udc00y']) await assert.rejects(limiter.take(key), TypeError)
    }
  })

  it('takes a key of the longest kind', async (t) => {
    const limiter = new RateLimiter(simulated(t).store, { limit: 10, window: 60, prefix: 'ü/' })
    assert.deepEqual(await limiter.take('x'.repeat(1024 - 3 - 5)), { allowed: true })
    await assert.rejects(limiter.take('x'.repeat(1024 - 3 - 4)), RangeError)
  })

  it('does not keep what it knows of more than 10,000 keys', async (t) => {
    const { store } = simulated(t)
    const asked = t.mock.method(store, 'update')
    const limiter = new RateLimiter(store, { limit: 1e6, window: 60, lease: hour })
    const costs = async (key) => {
      const before = asked.mock.callCount()
      await limiter.take(key)
      return asked.mock.callCount() - before
    }
    // A lease of two, of which one is left.
    for (let time = 0; time < 2; time += 1) await costs('first')
    for (let key = 0; key < 9_999; key += 1) await limiter.take(`other-${key}`)
    assert.equal(await costs('first'), 0)
    for (let time = 0; time < 2; time += 1) await costs('first')
    await limiter.take('one more')
    assert.equal(await costs('first'), 1)
  })

  it('refuses what can never be', async () => {
    for (const wrong of [
      { burst: 0 },
      { burst: 10 },
      { allowance: 0 },
      { window: 0 },
      { window: undefined },
      { lease: NaN },
      { timeout: Infinity },
      { batch: 0 },
    ]) {
      assert.throws(() => new RateLimiter({}, { limit: 10, window: 1, ...wrong }), RangeError)
    }
    for (const count of [0, 6, 1.5]) {
      await assert.rejects(new RateLimiter({}, { limit: 10, window: 1 }).take('key', count), RangeError)
    }
  })
})

/** A bucket whose server's clock, which is all limiters' own as well, the test sets. `wait` passes time within a request. */
function simulated(t, wait = () => {}) {
  const clock = { time: 100 }
  t.mock.method(performance, 'now', () => clock.time * 1000)
  let state
  const store = {
    async update(_, change) {
      wait(0.1)
      const date = new Date(Math.floor(clock.time) * 1000)
      const got = state && { response: { $metadata: { date } }, asJson: async () => JSON.parse(state) }
      wait(0.3)
      const changed = await change(got ?? null)
      state = changed ?? state
      return { changed: changed !== undefined }
    },
  }
  return { clock, store }
}

/** Several processes that come at random, and leave leases unspent. */
async function simulate(t, random) {
  const options = { limit: 40, window: 2, burst: 20, batch: 20, lease: 1, allowance: 1 }
  const pass = (most) => (clock.time += random() * most)
  const { clock, store } = simulated(t, pass)
  const limiters = Array.from({ length: 5 }, () => new RateLimiter(store, options))
  const log = []
  for (let round = 0; round < 150; round += 1) {
    for (const limiter of limiters) {
      const count = Math.floor(random() * 12)
      for (let taken = 0; taken < count; taken += 1) {
        if ((await limiter.take('key')).allowed) log.push([clock.time, clock.time])
      }
    }
    pass(random() < 0.2 ? 5 : 0.9)
  }
  const most = mostWithin(options.window, log)
  assert.ok(most <= options.limit, `${most} within ${options.window} s`)
  assert.ok(most > options.burst, `${most} at most`)
}
