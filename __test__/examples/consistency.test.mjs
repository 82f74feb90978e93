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
throughLostAnswers('consistency', consistency)
throughLostAnswers('consistency with versions', versions, { keepsVersions: true })
