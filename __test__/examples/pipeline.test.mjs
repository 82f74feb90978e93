import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { IntegrityError } from '../../examples/pipeline/errors.mjs'
import { Pipeline } from '../../examples/pipeline/pipeline.mjs'
import { environment, resultOf, runProgram } from '../support/child.mjs'
import { inParallel } from '../support/parallel.mjs'
import { waitFor } from '../support/wait.mjs'
import { onEachServer, onFaultServer, throughLostAnswers } from './support/places.mjs'

const program = 'pipeline-stage.mjs'
const names = ['a', 'b', 'c']

const contents = async (output) =>
  Object.fromEntries(await Promise.all(output.names.map(async (name) => [name, String(await output.read(name))])))

const made = (run) => Object.fromEntries(names.map((name) => [name, `${run}: ${name}`]))

/** What a sweep says that has found nothing to do. */
const nothing = { deleted: [], problems: [] }

const make =
  (run) =>
  async ({ write }) => {
    for (const name of names) await write(name, `${run}: ${name}`)
  }

/** What is visible of a run: nothing, or all of it. */
async function allOrNothing(pipeline, run) {
  const output = await pipeline.open('made', run).catch((error) => {
    assert.equal(error.code, 'NOT_COMMITTED', error)
  })
  if (output) assert.deepEqual(await contents(output), made(run))
  return output !== undefined
}

async function keysOf(store, prefix) {
  const keys = []
  for await (const key of store.list(prefix).keys()) keys.push(key)
  return keys
}

/** The parts that are there, and those that the manifests of these runs name. */
async function partsOf(store, prefix, runs) {
  const there = await keysOf(store, `${prefix}parts/`)
  const named = []
  const pipeline = new Pipeline(store, prefix)
  for (const [stage, run] of runs)
    for (const { key } of (await pipeline.open(stage, run)).manifest.parts) named.push(key)
  return { there: there.toSorted(), named: named.toSorted() }
}

function pipeline({ test }) {
  test('a stage reads what the one before has committed, and commits itself', async ({ store }) => {
    const pipeline = new Pipeline(store(), 'stages/')
    const run = '2026-11-22'
    const upper = async ({ inputs: [input], write }) => {
      for (const name of input.names) await write(`${name}.upper`, String(await input.read(name)).toUpperCase())
    }
    const notYet = pipeline.run('upper', run, upper, { inputs: ['made'] })
    await assert.rejects(notYet, { name: 'NotCommittedError', message: `made of ${run} is not committed` })
    const first = await pipeline.run('made', run, make(run))
    const second = await pipeline.run('upper', run, upper, { inputs: ['made'] })
    const read = await new Pipeline(store(), 'stages/').open('upper', run)
    assert.deepEqual(read.manifest, second.manifest)
    assert.deepEqual(read.manifest.inputs, [first.source])
    assert.equal((await contents(read))['b.upper'], `${run}: B`)
    assert.ok(!read.names.includes('b'))
    await assert.rejects(read.read('b'), RangeError)
  })

  test('content may be text, bytes or still be coming', async ({ store }) => {
    const pipeline = new Pipeline(store(), 'contents/')
    async function* coming() {
      yield 'still '
      yield Buffer.from('coming')
    }
    const output = await pipeline.run('made', 'contents', async ({ write }) => {
      await write('text/with a slash', 'ä')
      await write('bytes', Uint8Array.of(0, 255))
      await write('coming', coming())
      await write('empty', '')
    })
    assert.deepEqual(
      output.manifest.parts.map(({ size }) => size),
      [2, 2, 12, 0],
    )
    assert.deepEqual(await output.read('bytes'), Buffer.from([0, 255]))
    assert.equal(String(await output.read('text/with a slash')), 'ä')
    assert.equal(String(await output.read('coming')), 'still coming')
    assert.equal((await output.read('empty')).length, 0)
  })

  test('of runs of one stage at once one commits, and all get that', async ({ store }) => {
    const stores = Array.from({ length: 4 }, () => store())
    let begun = 0
    const work =
      (number) =>
      async ({ write }) => {
        begun += 1
        await write('who', `${number}`)
        // None commits before all have begun.
        await waitFor(() => begun >= stores.length, 'the others')
      }
    const outputs = await Promise.all(stores.map((s, n) => new Pipeline(s, 'twice/').run('made', 'twice', work(n))))
    for (const { manifest } of outputs) assert.deepEqual(manifest, outputs[0].manifest)
    // Once more: nothing is done.
    const again = await new Pipeline(stores[0], 'twice/').run('made', 'twice', () => assert.fail('it worked again'))
    assert.deepEqual(again.manifest, outputs[0].manifest)
    await new Pipeline(stores[1], 'twice/').sweep({ olderThan: -60_000 })
    const { there, named } = await partsOf(stores[0], 'twice/', [['made', 'twice']])
    assert.deepEqual(there, named)
    assert.equal(there.length, 1)
  })

  test('what a stage that failed has left is swept, and nothing else', async ({ store }) => {
    const s = store()
    const pipeline = new Pipeline(s, 'swept/')
    await pipeline.run('made', 'good', make('good'))
    const failing = pipeline.run('made', 'bad', async ({ write }) => {
      await write('a', 'x')
      throw new Error('no more')
    })
    await assert.rejects(failing, { message: 'no more' })
    await assert.rejects(pipeline.open('made', 'bad'), { code: 'NOT_COMMITTED' })
    // It may still be running.
    assert.deepEqual(await pipeline.sweep({ olderThan: 3_600_000 }), nothing)
    const { deleted } = await pipeline.sweep({ olderThan: -60_000 })
    assert.equal(deleted.length, 1)
    assert.match(deleted[0], /^swept\/parts\/made\/bad\/.*\/a$/)
    await assert.rejects(pipeline.open('made', 'bad'), { code: 'NOT_COMMITTED' })
    await pipeline.run('made', 'bad', make('bad'))
    const runs = ['good', 'bad'].map((run) => ['made', run])
    assert.deepEqual(await pipeline.sweep({ olderThan: -60_000 }), nothing)
    const { there, named } = await partsOf(s, 'swept/', runs)
    assert.deepEqual(there, named)
    for (const [stage, run] of runs) assert.deepEqual(await contents(await pipeline.open(stage, run)), made(run))
  })

  test('of what a stage goes on writing nothing is taken for abandoned', async ({ store }, t) => {
    const s = store()
    const pipeline = new Pipeline(s, 'slow/')
    const failing = pipeline.run('made', 'slow', async (work) => {
      await make('slow')(work)
      throw new Error('no more')
    })
    await assert.rejects(failing, { message: 'no more' })
    const longAgo = ['a', 'b']
    const { list } = s
    t.mock.method(s, 'list', (prefix) => ({
      async *objects() {
        for await (const { Key, LastModified } of list.call(s, prefix).objects()) {
          yield { Key, LastModified: longAgo.includes(Key.at(-1)) ? new Date('2020-01-01') : LastModified }
        }
      },
    }))
    assert.deepEqual(await pipeline.sweep({ olderThan: 3_600_000 }), nothing)
    longAgo.push('c')
    assert.equal((await pipeline.sweep({ olderThan: 3_600_000 })).deleted.length, 3)
  })

  test('a stage that is swept while it is running commits nothing', async ({ store }) => {
    const [pipeline, sweeper] = [new Pipeline(store(), 'late/'), new Pipeline(store(), 'late/')]
    for (const time of ['first', 'second']) {
      const running = pipeline.run('made', 'late', async (work) => {
        await make('late')(work)
        assert.equal((await sweeper.sweep({ olderThan: -60_000 })).deleted.length, 3, time)
      })
      await assert.rejects(running, { name: 'SweptError', code: 'SWEPT' })
      await assert.rejects(pipeline.open('made', 'late'), { code: 'NOT_COMMITTED' })
    }
    const output = await pipeline.run('made', 'late', make('late'))
    assert.deepEqual(await contents(output), made('late'))
  })
}

function beyondTheAnswers({ test }) {
  test('a flipped byte is found and named', async ({ store, bucket }) => {
    const pipeline = new Pipeline(store(), 'flipped/')
    const output = await pipeline.run('made', 'flipped', make('flipped'))
    const { key } = output.manifest.parts[1]
    const { body } = await bucket.read(key)
    body[3] ^= 1
    await bucket.write(key, body)
    const named = (problem) => (error) => {
      assert.ok(error instanceof IntegrityError)
      assert.deepEqual([error.part, error.key, error.message], ['b', key, `b (${key}) ${problem}`])
      return true
    }
    await assert.rejects(output.read('b'), named('has another digest'))
    assert.equal(String(await output.read('a')), 'flipped: a')
    await bucket.write(key, body.subarray(1))
    await assert.rejects(output.read('b'), named(`has ${body.length - 1} bytes, not ${body.length}`))
    await bucket.delete(key)
    await assert.rejects(output.read('b'), named('is gone'))

    const manifestKey = 'flipped/manifests/made/flipped'
    const { body: manifest, metadata } = await bucket.read(manifestKey)
    const text = manifest.toString().replace('flipped: ', 'flipped; ').replace('"size":10', '"size":11')
    await bucket.write(manifestKey, text, { Metadata: metadata })
    const noManifest = { name: 'IntegrityError', part: 'the manifest', key: manifestKey }
    await assert.rejects(pipeline.open('made', 'flipped'), noManifest)
    await assert.rejects(pipeline.run('made', 'flipped', make('flipped')), noManifest)
  })

  for (const [what, from, to] of [
    ['no parts', /"parts"/, '"qarts"'],
    ['another attempt', /"attempt":"./, '"attempt":"x'],
    ['another size', /"size":10/, '"size":11'],
  ]) {
    test(`a manifest with a flipped byte costs nobody a part, and no other run its sweep: ${what}`, async (place) => {
      const { store, bucket } = place
      const prefix = `${what.replaceAll(' ', '-')}/`
      const pipeline = new Pipeline(store(), prefix)
      const key = `${prefix}manifests/made/flipped`
      const flip = async () => {
        const { body, metadata } = await bucket.read(key)
        assert.match(`${body}`, from)
        await bucket.write(key, `${body}`.replace(from, to), { Metadata: metadata })
      }
      const isNamed = { name: 'IntegrityError', part: 'the manifest', key }
      const losing = pipeline.run('made', 'flipped', async (work) => {
        await make('flipped')(work)
        await new Pipeline(store(), prefix).run('made', 'flipped', make('flipped'))
        await flip()
      })
      await assert.rejects(losing, isNamed)
      for (const run of ['a', 'z']) {
        await assert.rejects(pipeline.run('made', run, ({ write }) => write('a', 'x').then(() => assert.fail())))
      }
      const [kept, manifest] = [await keysOf(store(), `${prefix}parts/made/flipped/`), await bucket.text(key)]
      assert.equal(kept.length, 2 * names.length)
      const { deleted, problems } = await pipeline.sweep({ olderThan: -60_000 })
      assert.deepEqual(
        deleted.map((part) => part.split('/')[3]),
        ['a', 'z'],
      )
      assert.equal(problems.length, 1)
      await assert.rejects(Promise.reject(problems[0]), isNamed)
      assert.deepEqual(await keysOf(store(), `${prefix}parts/`), kept)
      assert.equal(await bucket.text(key), manifest)
      await assert.rejects(pipeline.open('made', 'flipped'), isNamed)
    })
  }

  test('what is no part stops no sweep, and is left', async ({ store, bucket }) => {
    const strays = ['at the top', 'x/y', 'x/y/', 'made/deep/a/b/c'].map((key) => `stray/parts/${key}`)
    for (const key of [...strays, 'stray/parts/x/%/y/z']) await bucket.write(key, 'x')
    const pipeline = new Pipeline(store(), 'stray/')
    await pipeline.run('%', 'a/b', make('%'))
    const { deleted, problems } = await pipeline.sweep({ olderThan: -60_000 })
    // This one could be a part.
    assert.deepEqual([deleted, problems], [['stray/parts/x/%/y/z'], []])
    for (const key of strays) assert.equal(await bucket.text(key), 'x', key)
    assert.deepEqual(await contents(await pipeline.open('%', 'a/b')), made('%'))
  })

  test('takes the requests that its README says', async ({ store }) => {
    const s = store()
    await s.createObject('warm', 'x')
    const pipeline = new Pipeline(s, 'cost/')
    const counted = async (run) => {
      const { attempts } = s.stats()
      await run()
      return s.stats().attempts - attempts
    }
    assert.equal(await counted(() => pipeline.run('made', 'cost', make('cost'))), 1 + 3 + 2)
    assert.equal(await counted(() => pipeline.run('made', 'cost', make('cost'))), 1)
    assert.equal(await counted(async () => contents(await pipeline.open('made', 'cost'))), 1 + 3)
    const failing = pipeline.run('made', 'bad', async ({ write }) => {
      await write('a', 'x')
      throw new Error('no more')
    })
    await assert.rejects(failing)
    assert.equal(await counted(() => pipeline.sweep({ olderThan: -60_000 })), 1 + 1 + 3)
  })

  test('killed at any point, it leaves nothing visible or all of it', async ({ store, bucket, endpoint }) => {
    const env = environment(endpoint)
    const { points } = await resultOf(program, [bucket.name, 'alive'], { env })
    const s = store()
    const pipeline = new Pipeline(s)
    const runs = Array.from({ length: points }, (_, point) => `killed-${point}`)
    const visible = await inParallel(3, runs, async (run, point) => {
      const { signal, stderr } = await runProgram(program, [bucket.name, run, `${point}`], { env })
      assert.equal(signal, 'SIGKILL', `${run}: ${stderr}`)
      return allOrNothing(pipeline, run)
    })
    // Until the end of the commit nothing, from then on all.
    assert.deepEqual(visible, visible.toSorted())
    assert.deepEqual(new Set(visible), new Set([false, true]))
    // Half of them are swept before they are run again, half after it.
    await inParallel(3, runs.slice(0, points / 2), (run) => pipeline.run('made', run, make(run)))
    await pipeline.sweep({ olderThan: -60_000 })
    await inParallel(3, runs, (run) => pipeline.run('made', run, make(run)))
    for (const run of runs) assert.ok(await allOrNothing(pipeline, run))
    await pipeline.sweep({ olderThan: -60_000 })
    const { there, named } = await partsOf(
      s,
      'pipeline/',
      ['alive', ...runs].map((run) => ['made', run]),
    )
    assert.deepEqual(there, named)
  })
}

onEachServer('pipeline', pipeline)
onEachServer('pipeline', beyondTheAnswers)
throughLostAnswers('pipeline', pipeline)

/** Of processes that are killed while a write of theirs is on its way. */
function late({ test }) {
  const file = fileURLToPath(new URL(`../programs/${program}`, import.meta.url))
  const runs = []
  for (const [what, keyPrefix, isSwept] of [
    ['a part', 'pipeline/parts/', false],
    ['the manifest', 'pipeline/manifests/', false],
    ['a part, after a sweep', 'pipeline/parts/', true],
    ['the manifest, after a sweep', 'pipeline/manifests/', true],
  ]) {
    test(what, async ({ store, server, bucket }) => {
      const run = what.replaceAll(/\W+/g, '-')
      const pipeline = new Pipeline(store())
      const match = { operation: 'PutObject', keyPrefix, headers: { 'if-none-match': '*' } }
      const rule = await server.add({ match, times: 1, action: { what: 'hold' } })
      const child = spawn(process.execPath, [file, bucket.name, run], { env: environment(server), stdio: 'ignore' })
      await waitFor(async () => (await server.heldBy(rule)).length > 0, what)
      child.kill('SIGKILL')
      await once(child, 'close')
      assert.equal(await allOrNothing(pipeline, run), false)
      if (isSwept) await pipeline.sweep({ olderThan: -60_000 })
      await server.release()
      assert.equal(await allOrNothing(pipeline, run), keyPrefix.endsWith('manifests/') && !isSwept)
      await server.remove(rule)
      await pipeline.run('made', run, make(run))
      assert.ok(await allOrNothing(pipeline, run))
      // What came late is swept as well.
      await pipeline.sweep({ olderThan: -60_000 })
      runs.push(['made', run])
      const { there, named } = await partsOf(store(), 'pipeline/', runs)
      assert.deepEqual(there, named)
    })
  }
}

onFaultServer('pipeline, whose writes arrive when whoever sent them is dead', late)
