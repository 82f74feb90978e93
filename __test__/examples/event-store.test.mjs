import assert from 'node:assert/strict'
import { after } from 'node:test'
import { EventStore, VersionConflictError } from '../../examples/event-store/event-store.mjs'
import { waitFor } from '../support/wait.mjs'
import { CountingProxy } from './support/counting-proxy.mjs'
import { onEachServer, onFaultServer, throughLostAnswers } from './support/places.mjs'

// A subscription that waits where a test has failed would keep the process.
const leaving = new AbortController()
after(() => leaving.abort())

const writers = Array.from({ length: 8 }, (_, number) => `writer ${number}`)
const added = (what) => ({ type: 'Added', data: { what } })
const list = { name: 'list', initial: () => [], evolve: (all, { data }) => [...all, data.what] }

async function all(events, stream, after) {
  const read = []
  for await (const event of events.read(stream, after)) read.push(event)
  return read
}

const whats = async (events, stream, after) => (await all(events, stream, after)).map(({ data }) => data.what)

function eventStore({ test }) {
  test('what is appended is read in order, from any version', async ({ store }) => {
    const [writer, reader] = [new EventStore(store()), new EventStore(store())]
    assert.deepEqual([await reader.version('s'), await all(reader, 's')], [0, []])
    assert.equal(await writer.append('s', ['a', 'b', 'c'].map(added), 0), 3)
    assert.equal(await writer.append('s', [{ ...added('d'), metadata: { by: 'me' }, id: 'given' }], 3), 4)
    const read = await all(reader, 's')
    assert.deepEqual(
      read.map(({ version, data }) => [version, data.what]),
      [1, 2, 3, 4].map((version) => [version, 'abcd'[version - 1]]),
    )
    assert.deepEqual([read[3].id, read[3].metadata], ['given', { by: 'me' }])
    assert.equal(new Set(read.map(({ id }) => id)).size, 4)
    for (const after of [1, 2, 3, 4]) assert.deepEqual(await whats(reader, 's', after), [...'abcd'].slice(after))
    // Who knows of an older end may have been told of a newer one.
    const other = new EventStore(store())
    assert.equal(await other.version('s'), 4)
    await writer.append('s', [added('e')], 4)
    assert.equal(await other.append('s', [added('f')], 5), 6)
    // Another stream whose name begins with that of the first.
    await writer.append('s/x', [added('elsewhere')], 0)
    assert.equal((await all(reader, 's')).length, 6)
  })

  test('of many appends at one version one wins, and the others get the conflict', async ({ store }) => {
    const stores = writers.map(() => new EventStore(store()))
    await stores[0].append('race', [added('first')], 0)
    for (const [round, expected] of [1, 3, 5].entries()) {
      const outcomes = await Promise.allSettled(
        stores.map((events, n) =>
          events.append('race', [added(`${round} ${writers[n]}`), added('and more')], expected),
        ),
      )
      const won = writers.filter((_, n) => outcomes[n].status === 'fulfilled')
      assert.equal(won.length, 1, `${won} in round ${round}`)
      for (const { reason } of outcomes.filter(({ status }) => status === 'rejected')) {
        assert.ok(reason instanceof VersionConflictError, reason)
        assert.deepEqual([reason.stream, reason.expected, reason.actual], ['race', expected, expected + 2])
      }
      assert.deepEqual(await whats(stores[0], 'race', expected), [`${round} ${won[0]}`, 'and more'])
    }
  })

  test('a version that is none, or lies within what was appended at once, is a conflict', async ({ store, bucket }) => {
    const events = new EventStore(store())
    await events.append('versions', ['a', 'b', 'c'].map(added), 0)
    const before = await bucket.leftovers()
    for (const expected of [0, 1, 2, 4, 1_000]) {
      for (const anyone of [events, new EventStore(store())]) {
        const conflict = { name: 'VersionConflictError', code: 'VERSION_CONFLICT', expected, actual: 3 }
        await assert.rejects(anyone.append('versions', [added('x')], expected), conflict)
      }
    }
    await assert.rejects(events.append('nowhere', [added('x')], 'exists'), { name: 'VersionConflictError', actual: 0 })
    assert.deepEqual(await bucket.leftovers(), before)
    assert.equal(await events.append('versions', [added('d')], 'exists'), 4)
  })

  test('of many who append wherever the end is no event is lost, none is twice, and a subscriber sees all', async ({
    store,
  }) => {
    const each = 5
    const stores = writers.map(() => new EventStore(store()))
    const expected = writers.length * each
    const seen = []
    const subscribing = (async () => {
      for await (const event of new EventStore(store()).subscribe('all', { every: 20, signal: leaving.signal })) {
        seen.push(event)
        if (seen.length === expected) break
      }
    })()
    await Promise.all(
      stores.map(async (events, n) => {
        for (let i = 0; i < each; i += 1) await events.append('all', [added(`${writers[n]}, ${i}`)], 'any')
      }),
    )
    await subscribing
    const read = await all(new EventStore(store()), 'all')
    assert.deepEqual(
      read.map(({ version }) => version),
      Array.from({ length: expected }, (_, i) => i + 1),
    )
    for (const name of writers) {
      const own = read.map(({ data }) => data.what).filter((what) => what.startsWith(name))
      assert.deepEqual(
        own,
        Array.from({ length: each }, (_, i) => `${name}, ${i}`),
      )
    }
    assert.deepEqual(seen, read)
  })

  test('a subscription goes on after any version, and ends with its signal', async ({ store }) => {
    const [writer, reader] = [new EventStore(store()), new EventStore(store())]
    await writer.append('sub', ['a', 'b', 'c'].map(added), 0)
    const ending = new AbortController()
    const seen = []
    const subscribing = (async () => {
      for await (const { version, data } of reader.subscribe('sub', { after: 2, every: 20, signal: ending.signal })) {
        seen.push([version, data.what])
        // What comes later is seen, too.
        if (version === 3) await writer.append('sub', ['d', 'e', 'f'].map(added), 3)
        // It ends there, also within what was appended at once.
        if (version === 5) ending.abort(new Error('enough'))
      }
    })()
    await subscribing
    assert.deepEqual(seen.join(' '), '3,c 4,d 5,e')
  })

  test('a subscription from beyond the end sees what comes after that', async ({ store }) => {
    const looking = store()
    const [writer, reader] = [new EventStore(store()), new EventStore(looking)]
    await writer.append('beyond', ['a', 'b', 'c'].map(added), 0)
    const subscribe = async (stream, after, count) => {
      const seen = []
      for await (const { version } of reader.subscribe(stream, { after, every: 20, signal: leaving.signal })) {
        if (seen.push(version) === count) break
      }
      return seen
    }
    const subscribing = Promise.all([subscribe('beyond', 5, 2), subscribe('none yet', 1, 1), subscribe('beyond', 9, 1)])
    await waitFor(() => looking.stats().attempts >= 20, 'looks at the end')
    await writer.append('beyond', ['d', 'e', 'f'].map(added), 3)
    await writer.append('beyond', [added('g')], 6)
    await writer.append('none yet', ['a', 'b'].map(added), 0)
    await writer.append('beyond', ['h', 'i', 'j'].map(added), 7)
    assert.deepEqual(await subscribing, [[6, 7], [2], [10]])
  })

  test('a stream may have any name, and events that bring no id get one', async ({ store }) => {
    const events = new EventStore(store())
    for (const name of ['.', '..', '%2E', '%2E%2E', '...', 'a/../b', ' ', 'ü']) {
      assert.equal(await events.append(name, [{ ...added(name), id: undefined }], 0), 1, name)
      const [{ id, data }] = await all(events, name)
      assert.deepEqual([typeof id, data], ['string', { what: name }])
      const view = { ...list, name, every: 1 }
      for (let again = 0; again < 2; again += 1) {
        assert.deepEqual(await events.state(name, view), { state: [name], version: 1 })
      }
    }
  })

  test('who has found no stream finds one that has begun since', async ({ store }) => {
    const [events, other] = [new EventStore(store()), new EventStore(store())]
    assert.equal(await events.version('begun'), 0)
    await other.append('begun', [added('a')], 0)
    assert.equal(await events.append('begun', [added('b')], 'exists'), 2)
  })

  test('a state with snapshots is what JSON makes of it, from the first time on', async ({ store }) => {
    const events = new EventStore(store())
    await events.append('json', [added('a'), added('b')], 0)
    const initial = () => ({ at: new Date(0), set: new Set([1]) })
    const view = { name: 'v', initial, evolve: (state) => state, every: 2 }
    const expected = { state: { at: '1970-01-01T00:00:00.000Z', set: {} }, version: 2 }
    assert.deepEqual(await events.state('json', { ...view, name: 'later', every: 3 }), expected)
    for (let again = 0; again < 2; again += 1) assert.deepEqual(await events.state('json', view), expected)
    const { state } = await events.state('json', { ...view, every: undefined })
    assert.deepEqual(state, initial())
    await assert.rejects(events.state('json', { ...view, name: 'big', initial: () => 1n }), TypeError)
  })

  test('a snapshot stands for what came before it', async ({ store }) => {
    const events = new EventStore(store())
    const view = { ...list, every: 3 }
    for (const what of 'abcd') await events.append('snap', [added(what)], 'any')
    assert.deepEqual(await events.state('snap', view), { state: [...'abcd'], version: 4 })
    await events.append('snap', [added('e')], 4)
    // What is in the snapshot isn't evolved again.
    const marked = { ...view, evolve: (state, { data }) => [...state, `${data.what}!`] }
    assert.deepEqual(await events.state('snap', marked), { state: [...'abcd', 'e!'], version: 5 })
    // Another view has other snapshots, and one without snapshots none.
    assert.deepEqual((await events.state('snap', { ...view, name: 'other' })).state, [...'abcde'])
    assert.deepEqual((await events.state('snap', { ...marked, every: undefined })).state.join(' '), 'a! b! c! d! e!')
    assert.deepEqual(await events.state('nothing', view), { state: [], version: 0 })
  })
}

function beyondTheAnswers({ test }) {
  test('takes the requests that its README says', async ({ store }) => {
    const counted = async (events, s, run) => {
      const { attempts } = s.stats()
      await run(events)
      return s.stats().attempts - attempts
    }
    const known = store()
    const events = new EventStore(known)
    await events.append('cost', [added('a'), added('b')], 0)
    assert.equal(await counted(events, known, () => events.append('cost', [added('c')], 2)), 1)
    assert.equal(await counted(events, known, () => all(events, 'cost')), 1 + 2)
    assert.equal(await counted(events, known, () => events.state('cost', list)), 1 + 2)
    const view = { ...list, every: 2 }
    assert.equal(await counted(events, known, () => events.state('cost', view)), 1 + (1 + 2) + 2)
    assert.equal(await counted(events, known, () => events.state('cost', view)), 1 + (1 + 1))

    const fresh = store()
    await fresh.createObject('warm', 'x')
    const stranger = new EventStore(fresh)
    // It lists the newest; a page that was asked for ahead may be given up before or after it was sent.
    const cost = await counted(stranger, fresh, () => stranger.append('cost', [added('d')], 3))
    assert.ok(cost === 3 || cost === 4, `${cost}`)
    // A conflict is looked into: was it the write itself? Then the end is looked for.
    const conflict = await counted(events, known, () => assert.rejects(events.append('cost', [added('e')], 3)))
    assert.ok(conflict === 4 || conflict === 5, `${conflict}`)
  })

  test('a subscription takes the requests that its README says', async (place) => {
    const wire = await CountingProxy.start(place.endpoint)
    try {
      const writer = new EventStore(place.store())
      const reader = new EventStore(place.store({ endpoint: wire.endpoint }))
      await writer.append('looks', [added('a')], 0)
      const ending = new AbortController()
      const seen = []
      const subscribing = (async () => {
        for await (const { version } of reader.subscribe('looks', { every: 20, signal: ending.signal }))
          seen.push(version)
      })()
      await waitFor(() => wire.seen.length >= 8, 'looks at the end')
      await writer.append('looks', [added('b'), added('c')], 1)
      await waitFor(() => seen.length === 3, 'what was appended')
      ending.abort()
      await subscribing
      assert.deepEqual(seen, [1, 2, 3])
      const [listing, ...gets] = wire.seen
      assert.equal(listing.key, '')
      assert.ok(gets.every(({ method }) => method === 'GET'))
      // One look after the other: the two commits once each, and nothing but the next key in between.
      const found = gets.filter(({ status }) => status === 200)
      assert.equal(found.length, 2)
      assert.equal(gets[0].status, 200)
      for (const { key, status } of gets.slice(1, gets.indexOf(found[1]))) {
        assert.deepEqual({ key, status }, { key: found[1].key, status: 404 })
      }
    } finally {
      await wire.close()
    }
  })

  test('notices an object that somebody has deleted', async ({ store, bucket }) => {
    const events = new EventStore(store())
    for (const what of 'abc') await events.append('gap', [added(what)], 'any')
    const [, second] = [...new Set(await bucket.leftovers())].filter((key) => key.includes('gap')).toSorted()
    await bucket.delete(second)
    await assert.rejects(all(events, 'gap'), /gap: what was appended before version 3 is gone/)
    await assert.rejects(all(events, 'gap', 1), /before version 3 is gone/)
    assert.deepEqual(await whats(events, 'gap', 2), ['c'])
  })
}

onEachServer('event store', eventStore)
onEachServer('event store', beyondTheAnswers)
throughLostAnswers('event store', eventStore)

function inDoubt({ test }) {
  const lostAnswer = { what: 'drop', when: 'after' }
  const lostRequest = { what: 'drop', when: 'before' }
  const create = { operation: 'PutObject', headers: { 'if-none-match': '*' }, keyPrefix: 'streams/' }
  // One attempt, and nothing that looks what became of it: all that is left is the AmbiguousWriteError.
  const blind = { match: { operation: 'HeadObject' }, action: lostRequest }

  for (const [title, action] of [
    ['it has landed', lostAnswer],
    ['it has not', lostRequest],
    ['it comes when it has been given up', { what: 'hold', meanwhile: 'drop' }],
  ]) {
    test(title, async ({ store, faults, server }) => {
      const events = new EventStore(store({ maxAttempts: 1 }))
      await events.append(title, [added('a')], 'any')
      const { acted, mend } = await faults({ match: create, times: 1, action }, blind)
      assert.equal(await events.append(title, [added('b'), added('c')], 1), 3)
      assert.deepEqual(await acted(), [1, 1])
      await mend()
      await server.release()
      assert.deepEqual(await whats(events, title), ['a', 'b', 'c'])
    })
  }

  test('another has won in between', async ({ store, faults, server, bucket }) => {
    const [events, other] = [1, 2].map(() => new EventStore(store({ maxAttempts: 1 })))
    await events.append('between', [added('a')], 'any')
    await other.version('between')
    // The first request never arrives; before the next one comes, the other has appended.
    const { acted } = await faults({ match: create, times: 1, action: lostRequest })
    const look = { operation: 'GetObject', bucket: bucket.name }
    const held = await server.add({ match: look, times: 1, action: { what: 'hold' } })
    const conflict = { name: 'VersionConflictError', actual: 2 }
    const appending = assert.rejects(events.append('between', [added('b')], 1), conflict)
    await waitFor(async () => (await server.heldBy(held)).length > 0, 'the look at what is there')
    await other.append('between', [added('theirs')], 1)
    await server.release()
    await appending
    assert.deepEqual(await acted(), [1])
    assert.deepEqual(await whats(events, 'between'), ['a', 'theirs'])
  })
}

onFaultServer('event store, what becomes of an append is not known at first', inDoubt)

function snapshots({ test }) {
  const view = { ...list, every: 1 }
  const key = 'snapshots/s/list'
  const written = { operation: 'PutObject', key }

  test('an older one never replaces a newer', async ({ store, bucket, server }) => {
    const [slow, fast] = [new EventStore(store()), new EventStore(store())]
    await slow.append('s', [added('a')], 0)
    const match = { ...written, bucket: bucket.name }
    const held = await server.add({ match, times: 1, action: { what: 'hold' } })
    const first = slow.state('s', view)
    await waitFor(async () => (await server.heldBy(held)).length > 0, 'the older snapshot')
    await fast.append('s', [added('b')], 1)
    const newer = { state: ['a', 'b'], version: 2 }
    assert.deepEqual(await fast.state('s', view), newer)
    await server.release()
    assert.deepEqual(await first, { state: ['a'], version: 1 })
    assert.deepEqual(JSON.parse(await bucket.text(key)), newer)
  })

  test('one that cannot be read or written is done without', async ({ store, bucket, faults }) => {
    const events = new EventStore(store())
    const expected = { state: ['a', 'b', 'c'], version: 3 }
    await events.append('s', [added('c')], 'any')
    const action = { what: 'answer', when: 'before', status: 403 }
    for (const match of [written, { ...written, operation: 'GetObject' }]) {
      const { acted, mend } = await faults({ match, action })
      assert.deepEqual(await events.state('s', view), expected)
      assert.ok((await acted())[0] > 0)
      await mend()
    }
    for (const text of ['junk', 'null', '{}']) {
      await bucket.write(key, text)
      assert.deepEqual(await events.state('s', view), expected)
    }
  })

  test('a look that fails ends a subscription with its error', async ({ store, faults }) => {
    const events = new EventStore(store({ maxAttempts: 1 }))
    const subscription = events.subscribe('s', { every: 20 })
    assert.equal((await subscription.next()).value.version, 1)
    await faults({ match: { operation: 'GetObject' }, action: { what: 'answer', when: 'before', status: 403 } })
    await assert.rejects(async () => {
      for await (const { version } of subscription) assert.ok(version <= 3)
    }, /403|AccessDenied|Forbidden/)
  })
}

onFaultServer('event store, what fails beside it', snapshots)
