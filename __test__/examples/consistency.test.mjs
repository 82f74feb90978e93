import assert from 'node:assert/strict'
import { AmbiguousWriteError } from 's3-store-native'
import {
  guarantees,
  guaranteesOfVersions,
  show,
  sign,
  update,
  updateNaively,
} from '../../examples/consistency/consistency.mjs'
import { CountingProxy } from './support/counting-proxy.mjs'
import { onEachServer, throughLostAnswers } from './support/places.mjs'

const people = ['Ada', 'Alan', 'Barbara', 'Edsger', 'Frances', 'Grace', 'Leslie', 'Tony']

function consistency({ test }) {
  for (const guarantee of Object.keys(guarantees)) {
    test(guarantee, (place) => holds(place, guarantees, guarantee))
  }

  test('no update is lost', async ({ store }) => {
    const signed = await sign(update, { store: store(), key: 'right', people })
    assert.deepEqual(signed.toSorted(), people)
  })
}

function naive({ test }) {
  test('without a condition all but one are lost', async ({ store }) => {
    const signed = await sign(updateNaively, { store: store(), key: 'naive', people })
    assert.equal(signed.length, 1)
  })
}

/** Where no answer is lost. */
function exactly({ test }) {
  test('the README says what it costs', async (place) => {
    const wire = await CountingProxy.start(place.endpoint)
    const store = place.store({ endpoint: wire.endpoint, conditions: 'trust' })
    const other = place.store()
    const costs = async (expected, work) => {
      const seen = await wire.during(work)
      assert.equal(seen.map(({ method }) => method).join(' '), expected)
    }
    try {
      let etag
      await costs('PUT', async () => ({ etag } = await store.createObject('cost', '0')))
      await costs('PUT', async () => ({ etag } = await store.putObjectIfMatch('cost', '1', etag)))
      await costs('PUT HEAD', () => assert.rejects(store.createObject('cost', '2'), { name: 'KeyExistsError' }))
      await costs('GET', () => store.getObject('cost'))
      await costs('GET', () => store.getObject('cost', { ifNoneMatch: etag }))
      await costs('GET PUT', () => store.update('cost', () => '3'))
      let faster = 2
      const change = async (current) => {
        const text = await current.asString()
        if ((faster -= 1) >= 0) await other.update('cost', () => `faster ${faster}`)
        return `${text}, updated`
      }
      await costs('GET PUT HEAD GET PUT HEAD GET PUT', () => store.update('cost', change))
      await costs('DELETE', () => store.deleteObject('cost'))
    } finally {
      await wire.close()
    }
  })

  test('a doubt is no refusal', async (place, t) => {
    const guarantee = 'a write finds what it expects, or changes nothing'
    const [writer, reader] = [place.store(), place.store()]
    t.mock.method(reader, 'createObject', async () => {
      throw new AmbiguousWriteError('lost')
    })
    const shown = show({ [guarantee]: guarantees[guarantee] }, { writer, reader, folder: 'doubt/' })
    await assert.rejects(shown.next(), { code: 'ERR_ASSERTION' })
  })
}

function versions({ test }) {
  for (const guarantee of Object.keys(guaranteesOfVersions)) {
    test(guarantee, (place) => holds(place, guaranteesOfVersions, guarantee))
  }
}

const absent = () => async () => {
  throw Object.assign(new Error('absent'), { name: 'NoSuchKey' })
}

/** What a cache on the way does: as it was the first time, it is for ever. */
const kept = (read) => (store) => {
  let first
  return (...args) => (first ??= read(store, ...args))
}

const keptGet = kept(async (store, key) => {
  const got = await store.getObject(key)
  const text = await got.asString()
  return { etag: got.etag, asString: async () => text }
})

const keptAbsence = (store) => {
  let gone
  return async (key) => {
    if (gone) throw gone
    return store.getObject(key).catch((error) => {
      throw (gone = error)
    })
  }
}

const keptList = kept((store, prefix) => {
  const listing = collect(store.list(prefix).objects())
  return {
    objects: async function* () {
      yield* await listing
    },
  }
})

const someVersions = (choose) => (store) => (prefix) => ({
  async *versions() {
    yield* choose(await collect(store.listVersions(prefix).versions()))
  },
})

const withoutCondition = (store) => (key, body) => store.update(key, () => body)

async function collect(some) {
  const all = []
  for await (const one of some) all.push(one)
  return all
}

/** What a server could do that doesn't hold to a guarantee: to whose verb, and what comes of that instead. */
const lies = {
  'a new object is read, listed and found at once': [
    ['reader', 'exists', () => async () => true],
    ['reader', 'getObject', absent],
    ['reader', 'headObject', absent],
    ['reader', 'list', keptList],
  ],
  'an overwrite is read, listed and found at once, and what it replaced never again': [
    ['reader', 'getObject', keptGet],
    ['reader', 'headObject', kept((store, key) => store.headObject(key))],
    ['reader', 'list', keptList],
  ],
  'a delete is seen at once, and so is what is created in its place': [
    ['reader', 'getObject', keptGet],
    ['reader', 'getObject', keptAbsence],
    ['reader', 'exists', () => async () => true],
    ['reader', 'list', () => (Key) => ({ objects: () => [{ Key, ETag: '"x"' }] })],
  ],
  'a change is told by the etag, without reading what has not changed': [
    ['reader', 'getObject', () => async () => ({ notModified: true })],
    ['reader', 'getObject', (store) => (key) => store.getObject(key)],
    ['reader', 'getObjectIfMatch', (store) => (key) => store.getObject(key)],
  ],
  'a write finds what it expects, or changes nothing': [
    ['reader', 'createObject', withoutCondition],
    ['writer', 'putObjectIfMatch', withoutCondition],
  ],
  'of many writers with one etag one wins': [['writer', 'putObjectIfMatch', withoutCondition]],
  'every version stays, the newest first, and can be read by its id': [
    ['reader', 'listVersions', someVersions((all) => all.slice(1))],
    ['reader', 'listVersions', someVersions((all) => all.slice(0, -1))],
    ['reader', 'listVersions', someVersions((all) => [...all.slice(0, 1), ...all.slice(1).toReversed()])],
    ['reader', 'getObject', () => async () => ({ asString: async () => 'second' })],
  ],
}

function liars({ test }) {
  const all = { ...guarantees, ...guaranteesOfVersions }

  test('a server that does not hold to a guarantee is found out', async ({ store }, t) => {
    assert.deepEqual(Object.keys(lies), Object.keys(all))
    for (const [guarantee, some] of Object.entries(lies)) {
      for (const [number, [whose, verb, lie]] of some.entries()) {
        const stores = { writer: store(), reader: store() }
        t.mock.method(stores[whose], verb, lie(store()))
        const shown = show({ [guarantee]: all[guarantee] }, { ...stores, folder: `lie ${number}/` })
        await assert.rejects(shown.next(), undefined, `${guarantee}: ${verb}, ${number}`)
      }
    }
  })
}

/** Several times: what is late is so at times. */
async function holds({ store, loss }, some, guarantee) {
  const where = { writer: store(), reader: store(), lossy: loss > 0 }
  for (let time = 0; time < 3; time += 1) {
    const shown = show({ [guarantee]: some[guarantee] }, { ...where, folder: `${time}/` })
    for await (const { seen } of shown) assert.ok(seen)
  }
}

onEachServer('consistency', consistency)
onEachServer('the naive way', naive)
onEachServer('consistency, exactly', exactly)
onEachServer('consistency with versions', versions, { keepsVersions: true })
onEachServer('consistency, of servers that have none', liars, { keepsVersions: true })
throughLostAnswers('consistency', consistency)
throughLostAnswers('consistency with versions', versions, { keepsVersions: true })
