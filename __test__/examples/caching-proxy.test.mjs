import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { createServer, request as requestOf } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CachingProxy } from '../../examples/caching-proxy/caching-proxy.mjs'
import { waitFor, within } from '../support/wait.mjs'
import { CountingProxy } from './support/counting-proxy.mjs'
import { onEachServer, onFaultServer, throughLostAnswers } from './support/places.mjs'

const KIB = 1024
const hour = 3_600_000
/** Room for so many objects of a size: each takes 1 KiB beside its body. */
const roomFor = (count, size = KIB) => count * (size + KIB)

/** Bytes that tell where they are from, so that no two objects can be mixed up unseen. */
const bodyOf = (name, size = KIB) => Buffer.alloc(size, `${name} `)

/** A proxy that listens, and a client of it. */
async function serve(store, options) {
  const proxy = new CachingProxy({ store, ...options })
  const server = createServer(proxy.handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  let arrived = 0
  server.on('request', () => (arrived += 1))
  const { port } = server.address()
  /** Not by `fetch`, which asks for `no-cache` by itself. */
  const ask = async (path, headers = {}, method = 'GET') => {
    const asking = requestOf({ port, path: `/${path}`, method, headers, agent: false }).end()
    const [answer] = await once(asking, 'response')
    const chunks = []
    for await (const chunk of answer) chunks.push(chunk)
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }
  }
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await proxy.close()
  }
  return { ask, close, arrived: () => arrived }
}

/** With a proxy that is closed afterwards. `wire` counts what it asks of S3. */
async function withProxy(place, options, work) {
  const wire = await CountingProxy.start(place.endpoint)
  const store = place.store({ endpoint: wire.endpoint })
  const { ask, close } = await serve(store, options)
  try {
    await work({ ask, wire, store })
  } finally {
    await close()
    await wire.close()
  }
}

/** With a folder that is empty again afterwards. */
async function withFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), 'caching-proxy-test-'))
  try {
    await work(folder)
    assert.deepEqual(await readdir(folder), [])
  } finally {
    await rm(folder, { recursive: true })
  }
}

const statuses = (seen) => seen.map(({ status, bytes }) => [status, bytes])

function caching({ test }) {
  test('a second read moves no bytes of the body from S3', async (place) => {
    await withProxy(place, {}, async ({ ask, wire }) => {
      const etag = await place.bucket.write('page', bodyOf('page'), {
        ContentType: 'text/x',
        CacheControl: 'max-age=9',
      })
      const first = await wire.during(async () => {
        const { status, headers, body } = await ask('page')
        assert.deepEqual({ status, body }, { status: 200, body: bodyOf('page') })
        assert.deepEqual(
          [headers.etag, headers['content-type'], headers['cache-control'], headers['content-length']],
          [etag, 'text/x', 'max-age=9', String(KIB)],
        )
      })
      assert.ok(first.some(({ status, bytes }) => status === 200 && bytes === KIB))
      const second = await wire.during(async () => {
        const { status, body } = await ask('page')
        assert.deepEqual({ status, body }, { status: 200, body: bodyOf('page') })
      })
      assert.deepEqual(statuses(second), [[304, 0]])
    })
  })

  test('a change is seen at the next revalidation', async (place) => {
    await withProxy(place, {}, async ({ ask }) => {
      for (const edition of ['first', 'second', 'third']) {
        await place.bucket.write('changing', bodyOf(edition))
        for (let time = 0; time < 2; time += 1) assert.deepEqual((await ask('changing')).body, bodyOf(edition))
      }
      await place.bucket.delete('changing')
      assert.equal((await ask('changing')).status, 404)
      await place.bucket.write('changing', bodyOf('again'))
      assert.deepEqual((await ask('changing')).body, bodyOf('again'))
    })
  })

  test('S3 is not asked while what is kept is fresh, unless a client wants to know', async (place) => {
    await withProxy(place, { freshFor: hour }, async ({ ask, wire }) => {
      await place.bucket.write('fresh', bodyOf('first'))
      await ask('fresh')
      await place.bucket.write('fresh', bodyOf('second'))
      const none = await wire.during(async () => assert.deepEqual((await ask('fresh')).body, bodyOf('first')))
      assert.deepEqual(none, [])
      const { headers, body } = await ask('fresh', { 'cache-control': 'no-cache' })
      assert.deepEqual(body, bodyOf('second'))
      assert.equal(headers['cache-status'], 'caching-proxy; fwd=stale')
      // From then on it is what the others get, too.
      const after = await wire.during(async () => assert.deepEqual((await ask('fresh')).body, bodyOf('second')))
      assert.deepEqual(after, [])
    })
  })

  test('S3’s word that nothing has changed makes it fresh again', async (place, t) => {
    await withProxy(place, { freshFor: 1000 }, async ({ ask, wire }) => {
      // Whole milliseconds: sums of fractions are not exact.
      let now = Math.floor(performance.now())
      t.mock.method(performance, 'now', () => now)
      await place.bucket.write('renewed', bodyOf('renewed'))
      await ask('renewed')
      for (const [passed, expected] of [
        [999, []],
        [1, [[304, 0]]],
        [999, []],
      ]) {
        now += passed
        const seen = await wire.during(async () => assert.equal((await ask('renewed')).body.length, KIB))
        assert.deepEqual(statuses(seen), expected)
      }
    })
  })

  test('it is fresh from when S3 was asked, not from when it answered', async (place, t) => {
    await withProxy(place, { freshFor: 1000 }, async ({ ask, wire, store }) => {
      let now = Math.floor(performance.now())
      t.mock.method(performance, 'now', () => now)
      const { getObject } = store
      t.mock.method(store, 'getObject', async (...args) => {
        const got = await getObject.apply(store, args)
        now += 600
        return got
      })
      await place.bucket.write('slow', bodyOf('slow'))
      for (const first of [[[200, KIB]], [[304, 0]], [[304, 0]]]) {
        assert.deepEqual(statuses(await wire.during(() => ask('slow'))), first)
        now += 399
        assert.deepEqual(await wire.during(() => ask('slow')), [])
        now += 1
      }
    })
  })

  test('the headers are the object’s own, and say how old it is', async (place, t) => {
    await withProxy(place, { freshFor: hour }, async ({ ask }) => {
      let now = Math.floor(performance.now())
      t.mock.method(performance, 'now', () => now)
      const own = { ContentEncoding: 'gzip', ContentLanguage: 'de', ContentDisposition: 'attachment' }
      await place.bucket.write('headers', bodyOf('headers'), own)
      for (const [passed, cacheControl, age] of [
        [0, 'max-age=9', '0'],
        [90_999, 'max-age=9', '90'],
        [0, 'no-cache', '0'],
      ]) {
        now += passed
        for (const method of ['GET', 'HEAD']) {
          const { headers } = await ask('headers', { 'cache-control': cacheControl }, method)
          assert.deepEqual(
            [headers['content-encoding'], headers['content-language'], headers['content-disposition']],
            ['gzip', 'de', 'attachment'],
          )
          assert.ok(Date.parse(headers['last-modified']) > 0)
          // It says nothing of its own: its clients are to ask each time.
          assert.deepEqual([headers['cache-control'], headers.age], ['no-cache', age])
        }
      }
    })
  })

  test('its own clients are answered 304', async (place) => {
    await withProxy(place, {}, async ({ ask, wire }) => {
      const etag = await place.bucket.write('known', bodyOf('known'))
      await ask('known')
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const seen = await wire.during(async () => {
          const { status, headers, body } = await ask('known', { 'if-none-match': known })
          const said = [status, headers.etag, headers['cache-control'], body.length]
          assert.deepEqual(said, [304, etag, 'no-cache', 0], known)
        })
        assert.deepEqual(statuses(seen), [[304, 0]])
      }
      assert.equal((await ask('known', { 'if-none-match': '"other"' })).status, 200)
    })
  })

  test('a client that expects another object is answered 412', async (place) => {
    await withProxy(place, { freshFor: hour }, async ({ ask, wire }) => {
      const first = await place.bucket.write('expected', bodyOf('first'))
      await ask('expected')
      assert.equal((await ask('expected', { 'if-match': `"other", ${first}` })).status, 200)
      for (const other of ['"other"', `W/${first}`]) {
        for (const method of ['GET', 'HEAD']) {
          assert.equal(
            (await ask('expected', { 'if-match': other, 'if-none-match': first }, method)).status,
            412,
            other,
          )
        }
      }
      // What it expects may be newer than what is fresh.
      const second = await place.bucket.write('expected', bodyOf('second'))
      const seen = await wire.during(async () => {
        const { status, body } = await ask('expected', { 'if-match': second })
        assert.deepEqual({ status, body }, { status: 200, body: bodyOf('second') })
      })
      assert.deepEqual(statuses(seen), [[200, KIB]])
      assert.equal((await ask('expected', { 'if-match': '*' })).status, 200)
      assert.equal((await ask('nothing', { 'if-match': '*' })).status, 404)
    })
  })

  test('100 concurrent misses make one GET', async (place) => {
    await withProxy(place, { freshFor: hour }, async ({ ask, wire }) => {
      await place.bucket.write('wanted', bodyOf('wanted', 10 * KIB))
      const answers = await Promise.all(Array.from({ length: 100 }, () => ask('wanted')))
      for (const { status, body } of answers) {
        assert.deepEqual({ status, body }, { status: 200, body: bodyOf('wanted', 10 * KIB) })
      }
      // One answered GET: where answers are lost, one that was repeated until it was.
      assert.deepEqual(statuses(wire.seen), [[200, 10 * KIB]])
    })
  })

  test('what leaves memory is on the disk, and what leaves the disk is asked for again', async (place) => {
    await withFolder(async (folder) => {
      const room = { memory: roomFor(2), disk: { folder, bytes: roomFor(2) }, freshFor: hour }
      await withProxy(place, room, async ({ ask, wire }) => {
        const names = ['a', 'b', 'c', 'd', 'e']
        for (const name of names) await place.bucket.write(`tiers/${name}`, bodyOf(name))
        const answered = async (name) => {
          const seen = await wire.during(async () => assert.deepEqual((await ask(`tiers/${name}`)).body, bodyOf(name)))
          return seen.filter(({ status }) => status === 200).length
        }
        for (const name of names) assert.equal(await answered(name), 1)
        // d and e are in memory, b and c on the disk; b is used, so that c has to go for d when a is read again.
        for (const name of ['e', 'd', 'c', 'b']) assert.equal(await answered(name), 0, name)
        const files = async () => (await readdir(join(folder, (await readdir(folder))[0]))).length
        assert.equal(await files(), 2)
        assert.equal(await answered('a'), 1)
        assert.equal(await files(), 2)
        for (const name of ['a', 'd', 'e', 'b']) assert.equal(await answered(name), 0, name)
        assert.equal(await answered('c'), 1)
      })
    })
  })

  test('what has changed leaves no older copy on the disk', async (place) => {
    await withFolder(async (folder) => {
      const room = { memory: roomFor(1), disk: { folder, bytes: roomFor(3) }, freshFor: hour }
      await withProxy(place, room, async ({ ask }) => {
        const files = async () => (await readdir(join(folder, (await readdir(folder))[0]))).length
        for (const name of ['older', 'other']) await place.bucket.write(`copies/${name}`, bodyOf(name))
        for (const name of ['older', 'other']) await ask(`copies/${name}`)
        assert.equal(await files(), 1)
        await place.bucket.write('copies/older', bodyOf('newer'))
        assert.deepEqual((await ask('copies/older', { 'cache-control': 'no-cache' })).body, bodyOf('newer'))
        // The other one, which had to leave memory.
        assert.equal(await files(), 1)
      })
    })
  })

  test('empty objects take room, too', async (place) => {
    await withProxy(place, { memory: roomFor(3, 0), freshFor: hour }, async ({ ask, wire }) => {
      const names = ['a', 'b', 'c', 'd']
      for (const name of names) await place.bucket.write(`empty/${name}`, Buffer.alloc(0))
      for (const name of names) await ask(`empty/${name}`)
      const kept = await wire.during(async () => {
        for (const name of names.slice(1)) assert.equal((await ask(`empty/${name}`)).status, 200)
      })
      assert.deepEqual(kept, [])
      assert.deepEqual(statuses(await wire.during(() => ask('empty/a'))), [[200, 0]])
    })
  })

  for (const [what, spoil] of [
    ['was cleaned', (folder) => rm(folder, { recursive: true })],
    [
      'is full',
      async (folder) => {
        // Whatever file comes next, there is no room in it.
        for (let file = 1; file <= 20; file += 1) await symlink('/dev/full', join(folder, String(file)))
      },
    ],
  ]) {
    test(`a disk that ${what} is done without`, async (place) => {
      await withFolder(async (folder) => {
        const room = { memory: roomFor(2), disk: { folder, bytes: 600 * KIB }, freshFor: hour }
        await withProxy(place, room, async ({ ask, wire }) => {
          const objects = ['a', 'b', 'c'].map((name) => [name, bodyOf(name)])
          const large = ['large', bodyOf('large', 500 * KIB)]
          for (const [name, body] of [...objects, large]) await place.bucket.write(`disk/${name}`, body)
          const [own] = await readdir(folder)
          await spoil(join(folder, own))
          const served = async ([name, expected]) => {
            const { status, body } = await ask(`disk/${name}`)
            assert.equal(status, 200)
            assert.ok(body.equals(expected), name)
          }
          for (const object of [...objects, large, large]) await served(object)
          // What memory still takes is kept there.
          assert.deepEqual(await wire.during(() => served(objects[2])), [])
          await served(objects[0])
          assert.deepEqual(await wire.during(() => served(objects[0])), [])
        })
      })
    })
  }

  test('a body that nobody wants is not left with S3', async (place) => {
    await withProxy(place, { memory: KIB }, async ({ ask, store }) => {
      const body = bodyOf('huge', 4000 * KIB)
      const etag = await place.bucket.write('huge', body)
      const unwanted = [
        [200, {}, 'HEAD'],
        [304, { 'if-none-match': etag }, 'GET'],
        [412, { 'if-match': '"other"' }, 'GET'],
      ]
      for (const [expected, headers, method] of unwanted) {
        assert.equal((await ask('huge', headers, method)).status, expected)
        assert.equal(store.stats().connections.inUse, 0, String(expected))
      }
      assert.ok((await ask('huge')).body.equals(body))
    })
  })

  test('what is too large for memory goes through the disk, and what is too large for that through', async (place) => {
    await withFolder(async (folder) => {
      const room = { memory: roomFor(1), disk: { folder, bytes: 600 * KIB }, freshFor: hour }
      await withProxy(place, room, async ({ ask, wire }) => {
        for (const [name, size] of [
          ['large', 500 * KIB],
          ['larger', 700 * KIB],
        ]) {
          await place.bucket.write(name, bodyOf(name, size))
          const answers = await Promise.all(Array.from({ length: 3 }, () => ask(name)))
          for (const { body } of answers) assert.ok(body.equals(bodyOf(name, size)), name)
        }
        const again = await wire.during(async () => assert.equal((await ask('large')).body.length, 500 * KIB))
        assert.deepEqual(again, [])
        await place.bucket.write('large', bodyOf('changed', 400 * KIB))
        const { body } = await ask('large', { 'cache-control': 'max-age=0' })
        assert.ok(body.equals(bodyOf('changed', 400 * KIB)))
      })
    })
  })

  test('only objects are served', async (place) => {
    await withProxy(place, { prefix: 'public/' }, async ({ ask }) => {
      await place.bucket.write('public/a b', bodyOf('here'))
      await place.bucket.write('private', bodyOf('hidden'))
      assert.deepEqual((await ask('a%20b?x=1')).body, bodyOf('here'))
      const head = await ask('a%20b', {}, 'HEAD')
      assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, String(KIB), 0])
      for (const path of ['private', 'x'.repeat(2000)]) assert.equal((await ask(path)).status, 404, path)
      // A key as well as another, or none, as the server likes.
      for (const path of ['../private', '%2e%2e/private']) assert.match(String((await ask(path)).status), /^40[04]$/)
      assert.equal((await ask('%')).status, 400)
      const { status, headers } = await ask('a%20b', {}, 'DELETE')
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'])
    })
  })
}

function troubled({ test }) {
  for (const staleIfError of [true, false]) {
    test(`${staleIfError ? 'stale objects are' : 'nothing is'} served`, async ({ server, bucket, store }) => {
      const { ask, close } = await serve(store({ maxAttempts: 1 }), { staleIfError })
      try {
        await bucket.write('kept', bodyOf('kept'))
        await ask('kept')
        const answers = [
          { what: 'answer', when: 'before', status: 503 },
          { what: 'drop', when: 'before' },
        ]
        for (const action of answers) {
          const id = await server.add({ match: { operation: 'GetObject' }, action })
          const { status, headers, body } = await ask('kept')
          if (staleIfError) {
            assert.deepEqual({ status, body }, { status: 200, body: bodyOf('kept') })
            assert.equal(headers['cache-status'], 'caching-proxy; hit; detail=stale-if-error')
          } else assert.equal(status, 502)
          assert.equal((await ask('never-seen')).status, 502)
          await server.remove(id)
        }
        assert.deepEqual((await ask('kept')).body, bodyOf('kept'))
        // That it may not be read, or is gone, is an answer: it is obeyed, and what was kept is not served again.
        for (const status of [403, 404]) {
          assert.equal((await ask('kept')).status, 200)
          for (const [answer, expected, said] of [
            [status, status, status === 403 ? /S3 says: AccessDenied/ : /no such object/],
            [503, 502, /S3 says: SlowDown/],
          ]) {
            const action = { ...answers[0], status: answer, ...(answer === 404 && { code: 'NoSuchKey' }) }
            const id = await server.add({ match: { operation: 'GetObject' }, action })
            const { status: seen, body } = await ask('kept')
            assert.equal(seen, expected)
            assert.match(body.toString(), said)
            await server.remove(id)
          }
        }
      } finally {
        await close()
      }
    })
  }

  test('what is kept is served where S3 fails within a body', async ({ server, bucket, store }) => {
    await withFolder(async (folder) => {
      const disk = { folder, bytes: 10_000 * KIB }
      const { ask, close } = await serve(store(), { memory: 0, disk, staleIfError: true })
      try {
        await bucket.write('broken', bodyOf('before', 4000 * KIB))
        await ask('broken')
        await bucket.write('broken', bodyOf('after', 4000 * KIB))
        const match = { operation: 'GetObject', key: 'broken' }
        await server.add({ match, times: 1, action: { what: 'truncate', bytes: 1000 * KIB, of: 'body' } })
        const rest = { ...match, attempt: Array.from({ length: 20 }, (_, number) => number + 2) }
        await server.add({ match: rest, action: { what: 'answer', when: 'before', status: 503 } })
        const { headers, body } = await ask('broken')
        assert.equal(headers['cache-status'], 'caching-proxy; hit; detail=stale-if-error')
        assert.ok(body.equals(bodyOf('before', 4000 * KIB)))
      } finally {
        await server.removeAll()
        await close()
      }
    })
  })

  test('S3 is not waited for longer than the timeout', async ({ server, bucket, store }) => {
    const { ask, close } = await serve(store(), { staleIfError: true, timeout: 200 })
    try {
      await bucket.write('waiting', bodyOf('waiting'))
      await waitFor(async () => (await ask('waiting')).status === 200, 'an answer in time')
      await server.add({ match: { operation: 'GetObject' }, action: { what: 'hold' } })
      const { headers, body } = await within(ask('waiting'), 'an answer without S3')
      assert.deepEqual(body, bodyOf('waiting'))
      assert.equal(headers['cache-status'], 'caching-proxy; hit; detail=stale-if-error')
      assert.equal((await within(ask('unknown'), 'an answer without S3')).status, 504)
    } finally {
      await server.removeAll()
      await server.release()
      await close()
    }
  })

  test('concurrent misses make one GET where nothing stays fresh, too', async ({ server, bucket, store }) => {
    const { ask, close, arrived } = await serve(store(), {})
    try {
      await bucket.write('misses', bodyOf('misses'))
      const match = { operation: 'GetObject', key: 'misses' }
      const id = await server.add({ match, times: 1, action: { what: 'hold' } })
      const asking = Array.from({ length: 100 }, () => ask('misses'))
      await waitFor(async () => arrived() === 100 && (await server.heldBy(id)).length === 1, 'all to ask')
      await server.release()
      for (const { body } of await Promise.all(asking)) assert.deepEqual(body, bodyOf('misses'))
      assert.equal((await server.requests(bucket.name, 'misses')).operations.GetObject, 1)
    } finally {
      await close()
    }
  })

  test('of what is too large to be kept nobody gets the body of another version', async ({ server, bucket, store }) => {
    const { ask, close, arrived } = await serve(store(), { memory: 0 })
    try {
      const editions = new Map()
      const write = async (name) => editions.set(await bucket.write('versions', bodyOf(name)), bodyOf(name))
      await write('before')
      const held = { match: { operation: 'GetObject', key: 'versions' }, times: 1, action: { what: 'hold' } }
      const first = await server.add(held)
      const asking = [ask('versions'), ask('versions')]
      await waitFor(async () => arrived() === 2 && (await server.heldBy(first)).length === 1, 'both to ask')
      // One has the body of the answer that they share, and the other has to ask for it again.
      const second = await server.add(held)
      await server.release()
      await waitFor(async () => (await server.heldBy(second)).length === 1, 'the other to ask again')
      await write('after')
      await server.release()
      for (const { status, headers, body } of await Promise.all(asking)) {
        assert.deepEqual({ status, body }, { status: 200, body: editions.get(headers.etag) })
      }
    } finally {
      await close()
    }
  })

  test('those who want an object anew share the next GET', async ({ server, bucket, store }) => {
    const { ask, close, arrived } = await serve(store(), {})
    try {
      await bucket.write('anew', bodyOf('anew'))
      const held = { match: { operation: 'GetObject', key: 'anew' }, times: 1, action: { what: 'hold' } }
      const id = await server.add(held)
      const asking = Array.from({ length: 100 }, () => ask('anew', { 'cache-control': 'no-cache' }))
      await waitFor(async () => arrived() === 100 && (await server.heldBy(id)).length === 1, 'all to ask')
      await server.release()
      for (const { body } of await Promise.all(asking)) assert.deepEqual(body, bodyOf('anew'))
      const { operations } = await server.requests(bucket.name, 'anew')
      assert.equal(operations.GetObject, 2)
    } finally {
      await close()
    }
  })

  test('an object that changes while it is read is read again, whole', async ({ server, bucket, store }) => {
    await withFolder(async (folder) => {
      // The rest of a body that broke off is asked for.
      const { ask, close } = await serve(store(), { memory: 0, disk: { folder, bytes: 10_000 * KIB } })
      try {
        await bucket.write('moving', bodyOf('before', 4000 * KIB))
        const action = { what: 'truncate', bytes: 1000 * KIB, of: 'body' }
        await server.add({ match: { operation: 'GetObject', key: 'moving' }, times: 1, action })
        const held = {
          match: { operation: 'GetObject', key: 'moving', attempt: 2 },
          times: 1,
          action: { what: 'hold' },
        }
        const id = await server.add(held)
        const asking = ask('moving')
        await waitFor(async () => (await server.heldBy(id)).length === 1, 'the rest to be asked for')
        await bucket.write('moving', bodyOf('after', 4000 * KIB))
        await server.release()
        const { status, body } = await asking
        assert.equal(status, 200)
        assert.ok(body.equals(bodyOf('after', 4000 * KIB)))
      } finally {
        await close()
      }
    })
  })

  test('whoever wants it anew does not get an answer to a question from before', async ({ server, bucket, store }) => {
    const { ask, close } = await serve(store({ maxAttempts: 1 }), { freshFor: hour })
    try {
      await bucket.write('order', bodyOf('first'))
      const slow = {
        match: { operation: 'GetObject', key: 'order', attempt: 1 },
        action: { what: 'delay', when: 'after', ms: 500 },
      }
      const id = await server.add(slow)
      const early = ask('order')
      await waitFor(async () => (await server.acted(id))[0] === 1, 'the first to be asked for')
      await bucket.write('order', bodyOf('second'))
      assert.deepEqual((await ask('order', { 'cache-control': 'no-cache' })).body, bodyOf('second'))
      await early
      assert.deepEqual((await ask('order')).body, bodyOf('second'))
    } finally {
      await close()
    }
  })
}

onEachServer('caching proxy', caching)
throughLostAnswers('caching proxy', caching)
onFaultServer('caching proxy', troubled)
