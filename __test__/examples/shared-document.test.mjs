import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, afterEach, before, describe, it } from 'node:test'
import { AmbiguousWriteError } from 's3-store-native'
import {
  documents,
  merge,
  SharedDocument,
  TouchingEditsError,
} from '../../examples/shared-document/shared-document.mjs'
import { page as filesOf, serve } from '../../examples/support/web.mjs'
import { TestBucket } from '../support/bucket.mjs'
import { closeClients, native } from '../support/engines.mjs'
import { FaultServer } from '../support/fault-server.mjs'
import { waitFor } from '../support/wait.mjs'
import { Browser, noBrowser } from './support/browser.mjs'
import { onEachServer, throughLostAnswers } from './support/places.mjs'

const examples = new URL('../../examples/', import.meta.url)
const lines = (...some) => some.join('\n')

describe('a merge', () => {
  const base = lines('one', 'two', 'three', 'four', 'five')
  const cases = {
    'takes edits in different places': [
      lines('1', 'two', 'three', 'four', 'five'),
      lines('one', 'two', 'three', '4', 'five'),
    ],
    'takes what both have done alike once': [
      lines('one', 'two', 'new', 'three', 'four', 'five'),
      lines('one', 'two', 'new', 'three', 'four', '5'),
    ],
    'takes lines that one has removed': [lines('two', 'three', 'four', 'five'), lines('one', 'two', 'three', 'five')],
    'takes a text that was emptied, where nobody else has changed it': ['', base],
  }
  const merged = [
    lines('1', 'two', 'three', '4', 'five'),
    lines('one', 'two', 'new', 'three', 'four', '5'),
    lines('two', 'three', 'five'),
    '',
  ]
  for (const [index, [name, [mine, theirs]]] of Object.entries(cases).entries()) {
    it(name, () => {
      for (const [a, b] of [
        [mine, theirs],
        [theirs, mine],
      ]) {
        assert.equal(merge({ base, mine: a, theirs: b }).flat().join('\n'), merged[index])
      }
    })
  }

  it('into its own result changes nothing', () => {
    const mine = lines('1', 'two', 'three', 'four', 'five', '')
    const once = merge({ base, mine, theirs: lines('one', 'two', '3', 'four', 'five') })
      .flat()
      .join('\n')
    assert.equal(merge({ base, mine, theirs: once }).flat().join('\n'), once)
  })

  it('leaves to a person what both have changed in one place', () => {
    const [mine, theirs] = [base.replace('three', 'mine'), base.replace('three', 'theirs')]
    assert.deepEqual(merge({ base, mine, theirs }), [
      ['one', 'two'],
      { mine: ['mine'], base: ['three'], theirs: ['theirs'] },
      ['four', 'five'],
    ])
  })
})

/** The text of a document, as another program sees it. */
const textOf = async (bucket, key) => JSON.parse(await bucket.text(key)).text

/** Saves as the page does: again, if it isn't known what became of it. */
async function save(document, { id = randomUUID(), ...given }) {
  const edit = { ...given, id }
  for (let time = 1; ; time += 1) {
    try {
      return await document.save(edit)
    } catch (error) {
      if (error.name !== 'AmbiguousWriteError' || time === 20) throw error
    }
  }
}

function documentSuite({ test }) {
  const people = ['Ada', 'Alan', 'Barbara', 'Edsger', 'Frances', 'Grace']
  const start = people.map((name) => `${name}:\n-`).join('\n')

  test('edits of many at once, in places of their own, are all there, once each', async ({ store, bucket }) => {
    const first = await save(new SharedDocument(store(), 'many'), { base: '', text: start })
    await Promise.all(
      people.map(async (name) => {
        const document = new SharedDocument(store(), 'many')
        let text = first.text.replace(`${name}:`, `${name}: first`)
        const version = await save(document, { base: first.text, text })
        // On from there, without having looked again.
        text = version.text.replace(`${name}: first`, `${name}: first, second`)
        await save(document, { base: version.text, text })
      }),
    )
    assert.equal(await textOf(bucket, 'many'), start.replaceAll(':', ': first, second'))
  })

  test('of edits that touch one is written, and whoever made the other gets both', async ({ store, bucket }) => {
    const [ada, grace] = [store(), store()].map((store) => new SharedDocument(store, 'touching'))
    const base = lines('Bread', 'Milk', 'Apples')
    await save(ada, { base: '', text: base })
    const edits = [
      [ada, base.replace('Milk', 'Oat milk')],
      [grace, base.replace('Milk', 'Soy milk')],
    ]
    const outcomes = await Promise.allSettled(edits.map(([document, text]) => save(document, { base, text })))
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled')
    const { reason } = outcomes[1 - winner]
    assert.ok(reason instanceof TouchingEditsError, String(reason))
    const [[, theirs], [loser, mine]] = [edits[winner], edits[1 - winner]]
    assert.equal(await textOf(bucket, 'touching'), theirs)
    assert.equal(reason.current.text, theirs)
    const touching = reason.parts.find((part) => !Array.isArray(part))
    assert.deepEqual(
      [touching.mine, touching.theirs],
      [mine, theirs].map((text) => [text.split('\n')[1]]),
    )
    // What a person makes of both is made of what is there.
    const both = lines('Bread', 'Oat milk', 'Soy milk', 'Apples')
    await save(loser, { base: reason.current.text, text: both })
    assert.equal(await textOf(bucket, 'touching'), both)
  })

  test('what is saved again undoes and doubles nothing of what others have made of it', async ({ store, bucket }) => {
    const base = lines('Bread', 'Milk', 'Apples', '')
    const ada = { base, text: `${base}Coffee\n`, id: randomUUID() }
    for (const [key, theirs] of Object.entries({ removed: base, moved: `Coffee\n${base}` })) {
      const document = new SharedDocument(store(), key)
      await save(document, { base: '', text: base })
      await save(document, ada)
      await save(document, { base: ada.text, text: theirs })
      assert.equal((await save(document, ada)).text, theirs)
      assert.equal(await textOf(bucket, key), theirs)
    }
  })

  test('the last hundred edits are known again', async ({ store, bucket }) => {
    const ids = Array.from({ length: 100 }, () => randomUUID())
    await bucket.write('hundred', JSON.stringify({ text: 'a\nb', edits: ids }))
    const document = new SharedDocument(store(), 'hundred')
    const id = randomUUID()
    await save(document, { base: 'a\nb', text: 'A\nb', id })
    const { edits } = JSON.parse(await bucket.text('hundred'))
    assert.deepEqual(edits, [id, ...ids.slice(0, 99)])
    assert.equal((await save(document, { base: 'a\nb', text: 'a\nb\nc', id: ids[98] })).text, 'A\nb')
  })

  test('a text that was put there with other line breaks is edited like any', async ({ store, bucket }) => {
    await bucket.write('breaks', JSON.stringify({ text: 'a\r\nb\rc', edits: [] }))
    const document = new SharedDocument(store(), 'breaks')
    const { text } = await document.read()
    assert.equal(text, 'a\nb\nc')
    assert.equal((await save(document, { base: text, text: 'a\nb\nC' })).text, 'a\nb\nC')
  })

  test('what is no edit is refused, and a form of another page can send none', async ({ store, bucket }) => {
    const answer = documents(store(), 'refused/')
    const edit = { base: '', text: 'text', id: randomUUID() }
    const ask = async (type, body) => {
      const init = { method: 'POST', headers: { 'content-type': type }, body }
      return (await answer(new Request('http://page.example/documents/notes', init))).status
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      assert.equal(await ask(type, JSON.stringify(edit)), 400, type)
    }
    for (const wrong of [{ base: 1 }, { text: undefined }, { id: 'short' }, { id: undefined }]) {
      assert.equal(await ask('application/json', JSON.stringify({ ...edit, ...wrong })), 400, JSON.stringify(wrong))
    }
    assert.equal(await ask('application/json', '{'), 400)
    assert.equal(await answer(new Request('http://page.example/documents/a/b')), undefined)
    assert.deepEqual(await bucket.text('refused/notes.json'), undefined)
    await waitFor(async () => (await ask('application/json', JSON.stringify(edit))) === 200, 'the edit to be saved')
    assert.equal(await textOf(bucket, 'refused/notes.json'), 'text')
  })

  test('a known etag, one of several, or any, is answered with 304', async ({ store }) => {
    const { etag } = await save(new SharedDocument(store(), 'known.json'), { base: '', text: 'text' })
    const answer = documents(store(), '')
    const ask = async (name, header) =>
      (await answer(new Request(`http://page.example/documents/${name}`, { headers: { 'if-none-match': header } })))
        .status
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      assert.equal(await ask('known', header), 304, header)
    }
    for (const header of ['"other"', '"other", "another"', '"*"', '""', 'other']) {
      assert.equal(await ask('known', header), 200, header)
    }
    assert.equal(await ask('absent', '*'), 200)
  })

  test('what has not changed is not read again', async ({ store }) => {
    const document = new SharedDocument(store(), 'unchanged')
    assert.deepEqual(await document.read(), { etag: undefined, text: '' })
    const { etag } = await save(document, { base: '', text: 'text' })
    assert.equal(await document.read(etag), undefined)
    const changed = await save(document, { base: 'text', text: 'texts' })
    assert.deepEqual(await document.read(etag), changed)
  })
}

onEachServer('a shared document', documentSuite)
throughLostAnswers('a shared document', documentSuite)

describe('a shared document’s requests', () => {
  let server, bucket, store
  before(async () => {
    server = await FaultServer.start()
    bucket = await TestBucket.create(server)
    store = native.open(server, bucket.name)
    // The server proves itself before anything is counted.
    for (const text of ['x', 'y']) await store.update('proof', () => text)
  })
  after(async () => {
    await bucket.remove()
    closeClients()
    await server.stop()
  })
  const counted = async () => (await server.requests(bucket.name)).total
  const cost = async (run) => {
    const earlier = await counted()
    await run()
    return (await counted()) - earlier
  }

  it('are as many as its README says', async () => {
    const document = new SharedDocument(store, 'costs')
    const versions = []
    const id = randomUUID()
    // Somebody else is faster once, by a save of its own.
    let rounds = 0
    const slow = new SharedDocument(
      {
        update: (key, change, options) =>
          store.update(
            key,
            async (got) => {
              if ((rounds += 1) === 1) await document.save({ base: 'A\nb\nC', text: 'A\nb\nC\nd' })
              return change(got)
            },
            options,
          ),
      },
      'costs',
    )
    const costs = {
      first: await cost(async () => versions.push(await document.save({ base: '', text: 'a\nb\nc' }))),
      look: await cost(() => document.read(versions[0].etag)),
      save: await cost(() => document.save({ base: 'a\nb\nc', text: 'A\nb\nc', id })),
      merge: await cost(() => document.save({ base: 'a\nb\nc', text: 'a\nb\nC' })),
      touching: await cost(() =>
        assert.rejects(document.save({ base: 'a\nb\nc', text: '1\nb\nc' }), TouchingEditsError),
      ),
      again: await cost(() => document.save({ base: 'a\nb\nc', text: 'A\nb\nc', id })),
      overtaken: await cost(() => slow.save({ base: 'A\nb\nC', text: 'A!\nb\nC' })),
    }
    assert.equal(rounds, 2)
    // The last: a save that is overtaken by another one, each of 2, and a round of 3.
    assert.deepEqual(costs, { first: 2, look: 1, save: 2, merge: 2, touching: 1, again: 1, overtaken: 2 + 2 + 3 })
  })

  it('whose answers are all lost leave the edit to be saved again, and it is there once', async () => {
    const document = new SharedDocument(native.open(server, bucket.name, { maxAttempts: 2 }), 'lost')
    await document.save({ base: '', text: 'a\nb' })
    const unheard = [
      { match: { key: 'lost', operation: 'PutObject' }, action: { what: 'drop', when: 'after' } },
      { match: { key: 'lost', operation: 'HeadObject' }, action: { what: 'drop', when: 'before' } },
    ]
    for (const rule of unheard) await server.add(rule)
    // What can be read shows that it is there.
    assert.equal((await document.save({ base: 'a\nb', text: 'A\nb' })).text, 'A\nb')
    await server.add({ match: { key: 'lost', operation: 'GetObject', attempt: [2, 3] }, action: unheard[1].action })
    const edit = { base: 'A\nb', text: 'A\nb\nc', id: randomUUID() }
    await assert.rejects(document.save(edit), AmbiguousWriteError)
    await server.removeAll()
    assert.equal(await textOf(bucket, 'lost'), edit.text)
    assert.equal((await document.save(edit)).text, edit.text)
    assert.equal(await textOf(bucket, 'lost'), edit.text)
  })
})

describe('a shared document’s save whose answer is lost', () => {
  let server, bucket
  before(async () => {
    server = await FaultServer.start()
    bucket = await TestBucket.create(server)
  })
  after(async () => {
    await bucket.remove()
    closeClients()
    await server.stop()
  })

  it('leaves alone what others have made of it before it looks again', async () => {
    const [ada, grace] = [{ maxAttempts: 1 }, {}].map(
      (options) => new SharedDocument(native.open(server, bucket.name, { ...options, conditions: 'trust' }), 'lost'),
    )
    await grace.save({ base: '', text: 'Bread\n' })
    const key = 'lost'
    await server.add({ match: { key, operation: 'PutObject' }, times: 1, action: { what: 'drop', when: 'after' } })
    await server.add({ match: { key, operation: 'HeadObject' }, times: 1, action: { what: 'drop', when: 'before' } })
    const hold = await server.add({ match: { key, operation: 'GetObject', attempt: 2 }, action: { what: 'hold' } })
    const saving = ada.save({ base: 'Bread\n', text: 'Bread\nCoffee\n' })
    await waitFor(async () => (await server.heldBy(hold)).length > 0, 'Ada to look again')
    await server.remove(hold)
    await grace.save({ base: 'Bread\nCoffee\n', text: 'Bread\n' })
    await server.release({ key })
    assert.equal((await saving).text, 'Bread\n')
    assert.equal(await textOf(bucket, key), 'Bread\n')
  })
})

/** @type {Browser} */
let browser

/** A web server in front of the place's bucket. Gives what opens somebody's page of it. */
function pages(place) {
  let web
  before(async () => {
    browser ??= await Browser.start()
    web = await serve([documents(place.store(), ''), await filesOf(new URL('shared-document/page/', examples))])
  })
  afterEach(() => browser.leave())
  after(() => web?.close())
  return async (name, person) => {
    person ??= await browser.person()
    const page = await person.newPage()
    await page.goto(`${web.url}/${name}`)
    return new Page(page)
  }
}

class Page {
  constructor(page) {
    this.page = page
    this.person = page.context()
    this.area = page.locator('#text')
  }

  text = () => this.area.inputValue()
  state = () => this.page.textContent('#state')
  /** Whoever comes back to the page sees what is new. */
  shows = (text) =>
    waitFor(
      async () => {
        await this.page.evaluate(() => dispatchEvent(new Event('focus')))
        return (await this.text()) === text
      },
      `the page to show ${JSON.stringify(text)}`,
    )
  says = (words) => waitFor(async () => (await this.state()).includes(words), `the page to say "${words}"`)

  async replace(from, to) {
    const text = await this.text()
    assert.ok(text.includes(from))
    await this.area.fill(text.replace(from, to))
  }

  /** As often as it takes: where answers get lost, the page may say that it couldn't. */
  async save() {
    await waitFor(async () => {
      const state = await this.state()
      if (/^Saved|edited the same|stays/.test(state)) return true
      if (!state.startsWith('Saving')) await this.page.keyboard.press('Control+s')
      return false
    }, 'the text to be saved')
  }

  /** What it asks, one place after the other: the two versions. */
  async asked() {
    await this.page.locator('#decide').waitFor()
    return this.page.locator('#touching pre').allTextContents()
  }
}

const list = lines('# For the weekend', 'Bread', 'Milk', 'Apples', 'Tea', '')

async function started(place, name) {
  await save(new SharedDocument(place.store(), `${name}.json`), { base: '', text: list })
}

/** Has the page hear nothing of a save that is made. */
async function saveUnheard({ page, says }) {
  let isLost = false
  await page.route('**/documents/*', async (route) => {
    if (isLost || route.request().method() !== 'POST') return route.continue()
    isLost = (await route.fetch()).ok()
    return route.abort()
  })
  await page.click('#save')
  await says('Not saved, but kept in this browser')
  assert.ok(isLost)
}

function merging(place) {
  const open = pages(place)

  place.test('edits that don’t touch are merged, and both pages show them', async ({ bucket }) => {
    await started(place, 'merged')
    const [ada, grace] = [await open('merged'), await open('merged')]
    await Promise.all([ada.shows(list), grace.shows(list)])
    await ada.replace('Bread', 'Rye bread')
    await grace.replace('Tea', 'Green tea')
    await ada.save()
    await grace.save()
    const both = list.replace('Bread', 'Rye bread').replace('Tea', 'Green tea')
    await grace.says('merged with what others have changed')
    assert.equal(await grace.text(), both)
    // Ada has nothing that isn't saved: hers follows.
    await ada.shows(both)
    assert.equal(await textOf(bucket, 'merged.json'), both)
  })
  return open
}

function twoPeople(place) {
  const { test } = place
  const open = merging(place)

  test('edits that touch are asked about, side by side, and a reload meanwhile loses nothing', async ({ bucket }) => {
    await started(place, 'weekend')
    const [ada, grace] = [await open('weekend'), await open('weekend')]
    await Promise.all([ada.shows(list), grace.shows(list)])
    await ada.replace('Milk', 'Oat milk, two bottles')
    await grace.replace('Milk', 'Soy milk')
    await ada.save()
    await grace.save()
    assert.deepEqual(await grace.asked(), ['Soy milk', 'Oat milk, two bottles'])
    const [mine, theirs] = await Promise.all(
      ['.mine', '.theirs'].map((kind) => grace.page.locator(kind).first().boundingBox()),
    )
    assert.ok(mine.x + mine.width <= theirs.x && mine.y < theirs.y + theirs.height && theirs.y < mine.y + mine.height)
    assert.equal(await textOf(bucket, 'weekend.json'), list.replace('Milk', 'Oat milk, two bottles'))
    if (process.env.UPDATE_SCREENSHOT) {
      await grace.page.screenshot({ path: new URL('shared-document/screenshot.png', examples).pathname })
    }

    await grace.page.reload()
    await grace.shows(list.replace('Milk', 'Soy milk'))
    await grace.save()
    assert.deepEqual(await grace.asked(), ['Soy milk', 'Oat milk, two bottles'])
    await grace.page.check('input[value=both]')
    await grace.page.click('text=Save it so')
    await grace.save()
    const both = list.replace('Milk', lines('Soy milk', 'Oat milk, two bottles'))
    assert.equal(await textOf(bucket, 'weekend.json'), both)
    await ada.shows(both)
  })

  test('work that isn’t saved survives a reload, and the end of the page, and is merged then', async ({ bucket }) => {
    await started(place, 'kept')
    const [ada, grace] = [await open('kept'), await open('kept')]
    await Promise.all([ada.shows(list), grace.shows(list)])
    await ada.area.press('Control+End')
    await ada.area.pressSequentially('Coffee')
    await ada.page.reload()
    await ada.shows(`${list}Coffee`)
    await grace.replace('Bread', 'Rye bread')
    await grace.save()
    // Another page of Ada's is another draft.
    const second = await open('kept', ada.person)
    await second.shows(list.replace('Bread', 'Rye bread'))
    await second.area.press('Control+Home')
    await second.area.pressSequentially('Soon: ')
    assert.equal(await ada.text(), `${list}Coffee`)
    await ada.page.close()
    const third = await open('kept', ada.person)
    await third.shows(`${list}Coffee`)
    await third.save()
    await second.save()
    const all = `Soon: ${list.replace('Bread', 'Rye bread')}Coffee`
    assert.equal(await textOf(bucket, 'kept.json'), all)
    await Promise.all([second, third, grace].map((page) => page.shows(all)))
    assert.deepEqual(await third.page.evaluate(() => Object.keys(localStorage)), [])
  })

  test('a page that is looked at shows what others save, by itself', async ({ store }) => {
    await started(place, 'looking')
    const ada = await open('looking')
    await ada.shows(list)
    await save(new SharedDocument(store(), 'looking.json'), { base: list, text: `${list}Coffee` })
    await waitFor(async () => (await ada.text()) === `${list}Coffee`, 'the page to look')
    // What she has not saved is not touched by that.
    await ada.replace('Bread', 'Rye bread')
    await save(new SharedDocument(store(), 'looking.json'), { base: `${list}Coffee`, text: list })
    await ada.says('Somebody else has saved')
    assert.equal(await ada.text(), `${list}Coffee`.replace('Bread', 'Rye bread'))
  })

  test('a save of which the page hears nothing is saved again, and is there once', async ({ bucket }) => {
    await started(place, 'unheard')
    const ada = await open('unheard')
    await ada.shows(list)
    await ada.area.press('Control+End')
    await ada.area.pressSequentially('Coffee')
    await saveUnheard(ada)
    await ada.save()
    assert.equal(await textOf(bucket, 'unheard.json'), `${list}Coffee`)
    assert.equal(await ada.text(), `${list}Coffee`)
  })

  test('what somebody removes of a save of which the page has heard nothing stays removed', async (place) => {
    const { bucket, store } = place
    await started(place, 'removed')
    const ada = await open('removed')
    await ada.shows(list)
    await ada.replace('Bread', 'Bread\nCoffee')
    await saveUnheard(ada)
    const { text } = await new SharedDocument(store(), 'removed.json').read()
    await save(new SharedDocument(store(), 'removed.json'), { base: text, text: list })
    // Ada's page comes anew, and she types on.
    await ada.page.reload()
    await ada.says('Your work is back')
    await ada.replace('Tea', 'Tea\nSugar')
    await ada.save()
    assert.equal(await textOf(bucket, 'removed.json'), list.replace('Tea', 'Tea\nSugar'))
    await ada.shows(list.replace('Tea', 'Tea\nSugar'))
  })
}

if (noBrowser) it('in a real browser', { skip: noBrowser }, () => {})
else {
  onEachServer('two people’s pages', twoPeople)
  throughLostAnswers('two people’s pages', merging)
  after(async () => {
    await browser?.close()
    assert.deepEqual(browser?.errors, [])
  })
}
