import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { changes } from '../../examples/configuration/changes.mjs'
import {
  Configuration,
  InvalidVersionError,
  NoVersionError,
  VersionConflictError,
} from '../../examples/configuration/configuration.mjs'
import { waitFor } from '../support/wait.mjs'
import { CountingProxy } from './support/counting-proxy.mjs'
import { onEachServer, onFaultServer, throughLostAnswers } from './support/places.mjs'

/** The schema of all of them. */
function check(value) {
  if (!Number.isInteger(value?.limit)) throw new TypeError('no limit')
  return value
}

const open = (store, key) => new Configuration(store, key, check)

/** Publishes limits, one after the other, as the versions from 1. */
async function publishAll(configuration, ...limits) {
  for (const [expected, limit] of limits.entries()) await configuration.publish({ limit }, { expected })
}

async function historyOf(configuration) {
  const found = []
  for await (const { version, value } of configuration.history()) found.push([version, value.limit])
  return found
}

/** Who watches on where a test has failed, and would keep the process. */
const watching = new Set()
after(() => {
  for (const ending of watching) ending.abort()
})

/** Watches until it is ended, and keeps what it was told. */
function watch(configuration, options) {
  const ending = new AbortController()
  watching.add(ending)
  const told = { versions: [], problems: [] }
  const onProblem = (problem) => told.problems.push(problem)
  const run = async () => {
    const versions = configuration.watch({ interval: 20, signal: ending.signal, onProblem, ...options })
    for await (const { version, value } of versions) told.versions.push([version, value.limit])
  }
  const ended = run()
  return Object.assign(told, {
    async end() {
      ending.abort()
      await ended
    },
  })
}

function publishing({ test }) {
  test('a publication is read, and the history has all', async ({ store }) => {
    const configuration = open(store(), 'read')
    await assert.rejects(configuration.read(), NoVersionError)
    assert.deepEqual(await historyOf(configuration), [])
    await publishAll(configuration, 10, 20, 30)
    const { version, value } = await open(store(), 'read').read()
    assert.deepEqual({ version, value }, { version: 3, value: { limit: 30 } })
    assert.deepEqual(await historyOf(configuration), [
      [3, 30],
      [2, 20],
      [1, 10],
    ])
    assert.deepEqual(await configuration.diff(1, 3), [{ path: '/limit', from: 10, to: 30 }])
    const none = {
      name: 'NoVersionError',
      message: 'read/history/0000000004.json is not there: the newest version is 3',
    }
    await assert.rejects(configuration.version(4), none)
    await assert.rejects(configuration.diff(3, 4), none)
    await assert.rejects(configuration.rollback(4, { expected: 3 }), none)
  })

  test('of publishers with one expectation one wins, and the others get the newer version', async ({ store }) => {
    const publishers = Array.from({ length: 8 }, () => open(store(), 'race'))
    await publishAll(publishers[0], 0)
    const outcomes = await Promise.allSettled(
      publishers.map((publisher, number) => publisher.publish({ limit: number + 1 }, { expected: 1 })),
    )
    const won = outcomes.filter(({ status }) => status === 'fulfilled').map(({ value }) => value)
    assert.equal(won.length, 1)
    for (const { reason } of outcomes) {
      if (!reason) continue
      assert.ok(reason instanceof VersionConflictError, reason)
      assert.deepEqual(reason.current, won[0])
    }
    assert.deepEqual(await historyOf(publishers[0]), [
      [2, won[0].value.limit],
      [1, 0],
    ])
  })

  test('what expects a version that is not there yet is refused, and leaves no gap', async ({ store }) => {
    const configuration = open(store(), 'ahead')
    await assert.rejects(configuration.publish({ limit: 1 }, { expected: 1 }), { current: undefined })
    await publishAll(configuration, 10)
    const conflict = await configuration.publish({ limit: 20 }, { expected: 2 }).catch((error) => error)
    assert.ok(conflict instanceof VersionConflictError, conflict)
    assert.equal(conflict.current.version, 1)
    assert.deepEqual(await historyOf(configuration), [[1, 10]])
  })

  test('publishers who look at the newer version lose nothing', async ({ store }) => {
    const [first, ...others] = Array.from({ length: 4 }, () => open(store(), 'together'))
    await publishAll(first, 0)
    await Promise.all([first, ...others].map((publisher) => addOne(publisher)))
    const history = await historyOf(first)
    assert.deepEqual(
      history.toReversed(),
      [0, 1, 2, 3, 4].map((limit) => [limit + 1, limit]),
    )
  })

  test('a rollback is a new version, and keeps the history', async ({ store }) => {
    const configuration = open(store(), 'back')
    await publishAll(configuration, 10, 20)
    await assert.rejects(configuration.rollback(1, { expected: 1 }), VersionConflictError)
    const { version } = await configuration.rollback(1, { expected: 2 })
    assert.equal(version, 3)
    assert.deepEqual(await historyOf(configuration), [
      [3, 10],
      [2, 20],
      [1, 10],
    ])
  })

  test('what the schema refuses is not published', async ({ store, bucket }) => {
    const configuration = open(store(), 'refused')
    await assert.rejects(configuration.publish({ limit: 'many' }, { expected: 0 }), { message: 'no limit' })
    // Nor what is right only until it is JSON.
    await assert.rejects(configuration.publish({ limit: 1, toJSON: () => ({}) }, { expected: 0 }), TypeError)
    assert.equal(await bucket.text('refused/current.json'), undefined)
    await publishAll(configuration, 1)
    await assert.rejects(
      new Configuration(store(), 'refused', () => assert.fail('no more')).rollback(1, { expected: 1 }),
      { message: 'no more' },
    )
    assert.deepEqual(await historyOf(configuration), [[1, 1]])
  })

  test('readers and watchers get what the schema makes of a value', async ({ store }) => {
    const doubled = (value) => ({ limit: 2 * check(value).limit })
    const configuration = new Configuration(store(), 'made', doubled)
    const watcher = watch(new Configuration(store(), 'made', doubled))
    await publishAll(configuration, 10)
    assert.deepEqual((await configuration.read()).value, { limit: 20 })
    await waitFor(() => watcher.versions.length === 1, 'the version')
    await watcher.end()
    assert.deepEqual(watcher.versions, [[1, 20]])
    // What was published is as it was.
    assert.deepEqual(await historyOf(configuration), [[1, 10]])
  })

  test('a watcher gets only valid versions, also where others were put there by hand', async ({ store, bucket }) => {
    const configuration = open(store(), 'watched')
    const watcher = watch(open(store(), 'watched'))
    await publishAll(configuration, 10)
    await waitFor(() => watcher.versions.length === 1, 'the first version')
    await configuration.publish({ limit: 20 }, { expected: 1 })
    await waitFor(() => watcher.versions.length === 2, 'the second version')
    const second = await bucket.text('watched/current.json')
    const past = await bucket.text('watched/history/0000000001.json')
    const wrong = {
      'no JSON': '{"version":',
      'no version': '{"limit":10}',
      'no value of the schema': JSON.stringify({ ...JSON.parse(second), version: 3, id: 'x', value: {} }),
      'an older version': past,
    }
    for (const [what, text] of Object.entries(wrong)) {
      const known = watcher.problems.length
      await bucket.write('watched/current.json', text)
      await waitFor(() => watcher.problems.slice(known).some((it) => it instanceof InvalidVersionError), what)
      if (text !== past) await assert.rejects(configuration.read(), InvalidVersionError)
    }
    await bucket.write('watched/current.json', second)
    await configuration.rollback(1, { expected: 2 })
    await waitFor(() => watcher.versions.length === 3, 'the version after')
    await watcher.end()
    assert.deepEqual(watcher.versions, [
      [1, 10],
      [2, 20],
      [3, 10],
    ])
  })

  test('a watcher gets versions that are large', async ({ store }) => {
    const [configuration, watcher] = [open(store(), 'large'), watch(open(store(), 'large'))]
    const filling = 'x'.repeat(300 * 1024)
    for (const expected of [0, 1]) {
      await configuration.publish({ limit: expected, filling }, { expected })
      await waitFor(() => watcher.versions.length === expected + 1, `version ${expected + 1}`)
    }
    assert.equal((await configuration.read()).value.filling, filling)
    await watcher.end()
    assert.deepEqual(watcher.versions, [
      [1, 0],
      [2, 1],
    ])
  })

  test('what was broken or deleted by hand is published over', async ({ store, bucket }) => {
    const configuration = open(store(), 'mended')
    await publishAll(configuration, 10, 20)
    await bucket.write('mended/current.json', 'junk')
    const conflict = await configuration.publish({ limit: 0 }, { expected: 1 }).catch((error) => error)
    assert.ok(conflict instanceof VersionConflictError, conflict)
    assert.deepEqual(conflict.current.value, { limit: 20 })
    await configuration.publish({ limit: 30 }, { expected: 2 })
    await bucket.delete('mended/current.json')
    await configuration.rollback(2, { expected: 3 })
    assert.deepEqual(await historyOf(configuration), [
      [4, 20],
      [3, 30],
      [2, 20],
      [1, 10],
    ])
  })

  test('a higher number put there by hand counts, and what is no version in the history does not', async (place) => {
    const { store, bucket } = place
    const configuration = open(store(), 'jump')
    await publishAll(configuration, 10, 20)
    const wrong = { ...(await configuration.read()), version: 99, id: 'x', value: {} }
    await bucket.write('jump/current.json', JSON.stringify(wrong))
    const conflict = await configuration.publish({ limit: 30 }, { expected: 2 }).catch((error) => error)
    assert.ok(conflict instanceof VersionConflictError, conflict)
    assert.equal(conflict.current.version, 99)
    await configuration.publish({ limit: 30 }, { expected: 99 })
    for (const name of ['0', '0000000101.json.bak', '1.json', 'zzz']) await bucket.write(`jump/history/${name}`, 'x')
    await bucket.write('jump/current.json', 'junk')
    await configuration.publish({ limit: 40 }, { expected: 100 })
    assert.deepEqual(await historyOf(configuration), [
      [101, 40],
      [100, 30],
      [99, undefined],
      [2, 20],
      [1, 10],
    ])
  })
}

/** Reads, adds one and publishes, until nobody else was faster. */
async function addOne(publisher) {
  let current = await publisher.read()
  for (;;) {
    const { version, value } = current
    try {
      return await publisher.publish({ limit: value.limit + 1 }, { expected: version })
    } catch (error) {
      if (!(error instanceof VersionConflictError)) throw error
      current = error.current
    }
  }
}

function costs({ test }) {
  test('an idle watcher costs one 304 for each look', async (place) => {
    const wire = await CountingProxy.start(place.endpoint)
    try {
      await publishAll(open(place.store(), 'idle'), 10)
      const watcher = watch(open(place.store({ endpoint: wire.endpoint }), 'idle'))
      await waitFor(() => wire.seen.length >= 10, 'ten looks')
      await watcher.end()
      const [first, ...idle] = wire.seen
      assert.deepEqual(watcher.versions, [[1, 10]])
      assert.deepEqual([first.method, first.status], ['GET', 200])
      for (const seen of idle) {
        assert.deepEqual(seen, { method: 'GET', key: 'idle/current.json', status: 304, bytes: 0 })
      }
    } finally {
      await wire.close()
    }
  })

  test('what is no version is read and told once, until it changes', async (place) => {
    const wire = await CountingProxy.start(place.endpoint)
    try {
      const watcher = watch(open(place.store({ endpoint: wire.endpoint }), 'broken'))
      // That nothing is published yet is none.
      await waitFor(() => wire.seen.length >= 3, 'looks at nothing')
      assert.deepEqual(watcher.problems, [])
      await place.bucket.write('broken/current.json', 'junk')
      await waitFor(() => watcher.problems.length > 0, 'a problem')
      const known = wire.seen.length
      await waitFor(() => wire.seen.length >= known + 5, 'five looks')
      await watcher.end()
      assert.equal(watcher.problems.length, 1)
      assert.ok(wire.seen.slice(known).every(({ status, bytes }) => status === 304 && bytes === 0))
    } finally {
      await wire.close()
    }
  })

  test('the README says what a publication costs', async (place) => {
    const wire = await CountingProxy.start(place.endpoint)
    try {
      const configuration = open(place.store({ endpoint: wire.endpoint, conditions: 'trust' }), 'cost')
      await publishAll(configuration, 10)
      const requests = await wire.during(() => configuration.publish({ limit: 20 }, { expected: 1 }))
      assert.deepEqual(
        requests.map(({ method, key }) => `${method} ${key}`),
        [
          'GET cost/current.json',
          'GET cost/history/0000000001.json',
          'PUT cost/current.json',
          'PUT cost/history/0000000002.json',
        ],
      )
      const late = () => assert.rejects(configuration.publish({ limit: 0 }, { expected: 1 }), VersionConflictError)
      assert.equal((await wire.during(late)).length, 1)
      assert.equal((await wire.during(() => configuration.read())).length, 1)
      assert.equal((await wire.during(() => configuration.version(1))).length, 1)
      assert.equal((await wire.during(() => configuration.rollback(1, { expected: 2 }))).length, 5)
      assert.equal((await wire.during(() => historyOf(configuration))).length, 1 + 1 + 2)
      const newest = async () => (await configuration.history().next()).value.version
      assert.equal((await wire.during(newest)).length, 1)
    } finally {
      await wire.close()
    }
  })
}

const faulty = ({ bucket }, key) => ({ bucket: bucket.name, key: `${key}/current.json` })

/** Of the next publication, and of the look at what became of it, nothing comes back. */
async function loseAnswers(place, key, when = 'after') {
  const { server } = place
  const put = { match: { ...faulty(place, key), operation: 'PutObject' }, action: { what: 'drop', when } }
  const action = { what: 'answer', when: 'before', status: 503 }
  const head = { match: { ...faulty(place, key), operation: 'HeadObject' }, action }
  for (const rule of [put, head]) await server.add({ ...rule, times: 1 })
}

async function written({ server, bucket }, key) {
  const log = await server.log(bucket.name, `${key}/current.json`)
  return log.filter(({ operation }) => operation === 'PutObject').length
}

function interrupted({ test }) {
  test('one whose answers are all lost is published, once', async (place) => {
    const configuration = open(place.store({ maxAttempts: 1 }), 'lost')
    await publishAll(configuration, 10)
    await loseAnswers(place, 'lost')
    const { version } = await configuration.publish({ limit: 20 }, { expected: 1 })
    assert.equal(version, 2)
    assert.equal(await written(place, 'lost'), 2)
    assert.deepEqual(await historyOf(configuration), [
      [2, 20],
      [1, 10],
    ])
  })

  for (const lands of [true, false]) {
    test(`one in doubt that another has followed ${lands ? 'was' : 'was not'} published`, async (place) => {
      const key = `followed-${lands}`
      const other = open(place.store(), key)
      await publishAll(other, 10)
      await loseAnswers(place, key, lands ? 'after' : 'before')
      // The other publishes before this one looks for the second time.
      const look = {
        match: { ...faulty(place, key), operation: 'GetObject', attempt: 2 },
        times: 1,
        action: { what: 'hold' },
      }
      const id = await place.server.add(look)
      const publication = open(place.store({ maxAttempts: 1 }), key)
        .publish({ limit: 20 }, { expected: 1 })
        .catch((error) => error)
      await waitFor(async () => (await place.server.heldBy(id)).length === 1, 'the second look')
      await other.publish({ limit: 30 }, { expected: lands ? 2 : 1 })
      await place.server.release()
      const outcome = await publication
      if (lands) assert.equal(outcome.version, 2)
      else assert.ok(outcome instanceof VersionConflictError && outcome.current.value.limit === 30, outcome)
      const history = lands ? [30, 20, 10] : [30, 10]
      assert.deepEqual(
        (await historyOf(other)).map(([, limit]) => limit),
        history,
      )
    })
  }

  test('one that ends before it is in the history is put there by the next', async (place) => {
    const configuration = open(place.store(), 'died')
    const id = await place.server.add({
      match: { bucket: place.bucket.name, keyPrefix: 'died/history/', operation: 'PutObject' },
      times: 1,
      action: { what: 'answer', when: 'before', status: 403 },
    })
    await publishAll(configuration, 10)
    assert.deepEqual(await place.server.acted(id), [1])
    assert.equal(await place.bucket.text('died/history/0000000001.json'), undefined)
    assert.deepEqual(await historyOf(configuration), [[1, 10]])
    await configuration.publish({ limit: 20 }, { expected: 1 })
    assert.deepEqual(await historyOf(configuration), [
      [2, 20],
      [1, 10],
    ])
  })

  test('a watcher goes on after what it could not read', async (place) => {
    const configuration = open(place.store({ maxAttempts: 1 }), 'away')
    await publishAll(configuration, 10)
    const watcher = watch(configuration)
    await waitFor(() => watcher.versions.length === 1, 'the first version')
    const rule = { match: { ...faulty(place, 'away'), operation: 'GetObject' } }
    const id = await place.server.add({ ...rule, action: { what: 'answer', when: 'before', status: 500 } })
    await waitFor(() => watcher.problems.length > 0, 'a problem')
    await place.server.remove(id)
    await configuration.publish({ limit: 20 }, { expected: 1 })
    await waitFor(() => watcher.versions.length === 2, 'the second version')
    await watcher.end()
    assert.equal(watcher.problems[0].$metadata.httpStatusCode, 500)
  })
}

onEachServer('configuration', publishing)
onEachServer('configuration, counted', costs)
throughLostAnswers('configuration', publishing)
onFaultServer('configuration, interrupted', interrupted)

describe('configuration, by itself', () => {
  it('differences are named by JSON pointers', () => {
    const from = { a: 1, 'b/~': [1, { c: null }], d: {}, same: [1] }
    const to = { a: '1', 'b/~': [1, { c: 2 }, 3], e: false, same: [1] }
    assert.deepEqual(
      [...changes(from, to)],
      [
        { path: '/a', from: 1, to: '1' },
        { path: '/b~1~0/1/c', from: null, to: 2 },
        { path: '/b~1~0/2', to: 3 },
        { path: '/d', from: {} },
        { path: '/e', to: false },
      ],
    )
    assert.deepEqual([...changes(1, 1)], [])
    assert.deepEqual([...changes([], {})], [{ path: '', from: [], to: {} }])
  })

  it('the waits of a watcher differ, by its jitter', async () => {
    const unchanged = { getObject: async () => ({ notModified: true }) }
    const waitsOf = async (options) => {
      const ending = new AbortController()
      const waits = []
      const pause = async (ms) => {
        if (waits.push(ms) === 100) ending.abort()
      }
      const versions = open(unchanged, 'waits').watch({ signal: ending.signal, pause, ...options })
      for await (const version of versions) assert.fail(version)
      return waits
    }
    for (const [options, least, most] of [
      [{}, 8_000, 12_000],
      [{ interval: 1_000, jitter: 0.5 }, 500, 1_500],
    ]) {
      const waits = await waitsOf(options)
      assert.ok(waits.every((wait) => wait >= least && wait <= most))
      assert.ok(new Set(waits).size > 50)
    }
    assert.deepEqual(new Set(await waitsOf({ interval: 1_000, jitter: 0 })), new Set([1_000]))
  })

  it('a watcher that is ended says nothing more', async () => {
    const ending = new AbortController()
    const problems = []
    const getObject = async () => {
      ending.abort()
      throw new Error('ended')
    }
    const options = { signal: ending.signal, onProblem: (problem) => problems.push(problem) }
    for await (const version of open({ getObject }, 'ended').watch(options)) assert.fail(version)
    assert.deepEqual(problems, [])
  })
})
