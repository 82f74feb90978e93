import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, afterEach, before, describe, it } from 'node:test'
import { AmbiguousWriteError, KeyExistsError } from 's3-store-native'
import { download, files, linkToDownload, linkToUpload, list, upload } from '../../examples/files/files.mjs'
import { upload as uploadByLink } from '../../examples/files/page/upload.mjs'
import { page as filesOf, serve } from '../../examples/support/web.mjs'
import { TestBucket } from '../support/bucket.mjs'
import { closeClients, native } from '../support/engines.mjs'
import { FaultServer } from '../support/fault-server.mjs'
import { waitFor } from '../support/wait.mjs'
import { Browser, noBrowser } from './support/browser.mjs'
import { onEachServer, onFaultServer, throughLostAnswers } from './support/places.mjs'

const contentType = 'application/octet-stream'
// More than one part.
const bytes = randomBytes(9_000_000)

/** What a browser does, without one. */
async function send({ url, method, headers }, body) {
  try {
    const init = { method, headers, body, signal: AbortSignal.timeout(30_000) }
    return (await fetch(url, init)).status
  } catch {
    return undefined
  }
}

/** Asks what makes the links, without a server in between. */
function askOf(answer) {
  return async (method, path, body) => {
    const init = { method, body: body && JSON.stringify(body) }
    const request = new Request(new URL(path, 'http://page.example'), init)
    return (await answer(request)).json()
  }
}

function filesSuite({ test }) {
  let directory
  before(async () => (directory = await mkdtemp(join(tmpdir(), 's3-store-test-'))))
  after(() => rm(directory, { recursive: true }))

  test('go up and down whole, and say how far they are', async ({ store, bucket, loss }) => {
    const [file, copy] = [join(directory, 'file'), join(directory, 'copy')]
    await writeFile(file, bytes)
    const seen = { up: [], down: [] }
    const onProgress = (way) => (progress) => seen[way].push(progress)
    await upload(store(), 'video', file, { contentType, onProgress: onProgress('up') })
    assert.deepEqual((await bucket.read('video')).body, bytes)
    await download(store(), 'video', copy, { onProgress: onProgress('down') })
    assert.deepEqual(await readFile(copy), bytes)
    for (const way of Object.values(seen)) {
      const loaded = way.map((progress) => progress.loaded)
      assert.ok(loaded.length >= 2 && way.every(({ total }) => total === bytes.length), JSON.stringify(way))
      // What was lost and is made anew begins anew.
      if (!loss)
        assert.deepEqual(
          loaded,
          loaded.toSorted((a, b) => a - b),
        )
      assert.equal(loaded.at(-1), bytes.length)
    }
  })

  test('are never overwritten, here or there, by what fails', async ({ store, bucket }) => {
    const place = await mkdtemp(join(directory, 'place-'))
    const file = join(place, 'file')
    await writeFile(file, 'first')
    await upload(store(), 'once', file, { contentType })
    await writeFile(file, 'second')
    // Where an answer was lost, the store can say no more than that it doesn’t know: by what is there it is seen.
    const refused = (error) => error instanceof KeyExistsError || error instanceof AmbiguousWriteError
    await assert.rejects(upload(store(), 'once', file, { contentType }), refused)
    assert.equal(await bucket.text('once'), 'first')
    await assert.rejects(download(store(), 'absent', file), { name: 'NoSuchKey' })
    assert.deepEqual([await readFile(file, 'utf8'), await readdir(place)], ['second', ['file']])
  })

  test('are listed like folders', async ({ store, bucket }) => {
    for (const key of ['a/1', 'a/2', 'a/b/3', 'a/c/4', 'ab']) await bucket.write(key, key)
    const listed = await list(store(), 'a/')
    assert.deepEqual(listed.folders, ['b/', 'c/'])
    assert.deepEqual(
      listed.files.map(({ name, size }) => [name, size]),
      [
        ['1', 3],
        ['2', 3],
      ],
    )
  })

  test('go by links both ways, once up', async ({ store, bucket, loss }) => {
    const bodies = ['mine', 'yours']
    const statuses = bodies.map(() => [])
    const outcomes = await Promise.all(
      bodies.map(async (body, who) => {
        const heed = async (link) => {
          const status = await send(link, body)
          if (status !== undefined) statuses[who].push(status)
          return status
        }
        const by = { ask: askOf(files(store(), 'links/')), send: heed }
        return uploadByLink({ name: 'ä b.txt', type: 'text/plain' }, by)
      }),
    )
    const winner = outcomes.indexOf('created')
    // Who has lost every answer is not told that somebody else has created it.
    const isDeaf = loss && statuses[1 - winner]?.length === 0
    assert.deepEqual(outcomes.toSorted(), ['created', isDeaf ? 'unknown' : 'refused'])
    const there = await bucket.read('links/ä b.txt')
    assert.deepEqual([there.body.toString(), there.contentType], [bodies[winner], 'text/plain'])
    const { url } = await linkToDownload(store(), 'links/ä b.txt', 'ä b.txt')
    const response = await waitFor(() => fetch(url).catch(() => undefined), 'an answer')
    assert.equal(await response.text(), there.body.toString())
    assert.equal(response.headers.get('content-disposition'), "attachment; filename*=UTF-8''%C3%A4%20b.txt")
  })

  test('are created by as many uploads as there are names, whatever is lost', async ({ store, bucket }) => {
    const names = Array.from({ length: 12 }, (_, number) => `file ${number}`)
    const ask = askOf(files(store(), 'many/'))
    for (const name of names) {
      const outcome = await uploadByLink({ name, type: '' }, { ask, send: (link) => send(link, name) })
      assert.equal(outcome, 'created')
      assert.equal(await bucket.text(`many/${name}`), name)
    }
  })
}

function linksSuite({ test }) {
  test('an upload that something on the way repeats is not refused for itself', async ({ store, bucket }) => {
    const twice = async (link) => {
      await send(link, 'x')
      return send(link, 'x')
    }
    const by = { ask: askOf(files(store(), '')), send: twice }
    assert.equal(await uploadByLink({ name: 'repeated', type: '' }, by), 'created')
    assert.equal(await bucket.text('repeated'), 'x')
  })

  test('an upload of which nothing can be known is not said to have failed', async ({ store, bucket }) => {
    const ask = askOf(files(store(), ''))
    const unheard = async (link) => void (await send(link, 'x'))
    /** The server of the page, which tells so often nothing of what has landed. */
    const deaf = (times) => async (method, path, body) => {
      if (path.startsWith('/landed') && (times -= 1) >= 0) throw new TypeError('Failed to fetch')
      return ask(method, path, body)
    }
    assert.equal(await uploadByLink({ name: 'deaf', type: '' }, { ask: deaf(Infinity), send: unheard }), 'unknown')
    assert.equal(await bucket.text('deaf'), 'x')
    assert.equal(await uploadByLink({ name: 'hard of hearing', type: '' }, { ask: deaf(2), send: unheard }), 'created')
    assert.equal(
      await uploadByLink({ name: 'deaf', type: '' }, { ask: deaf(1), send: (link) => send(link, 'y') }),
      'refused',
    )
    assert.equal(await bucket.text('deaf'), 'x')
    const forbidden = uploadByLink({ name: 'forbidden', type: '' }, { ask, send: async () => 403 })
    await assert.rejects(forbidden, { message: 'The store answered 403.' })
  })

  test('a link to upload is for one file, and only to create it', async ({ store, bucket }) => {
    const { url, method, headers } = await linkToUpload(store(), 'linked', 'text/plain')
    const { url: down } = await linkToDownload(store(), 'linked', 'linked.txt')
    for (const link of [url, down]) assert.equal(new URL(link).searchParams.get('X-Amz-Expires'), '300')
    const { 'if-none-match': _, ...unconditional } = headers
    const elsewhere = url.replace('linked', 'other')
    const html = { ...headers, 'content-type': 'text/html' }
    for (const request of [
      { url: elsewhere, headers },
      { url, headers: unconditional },
      { url, headers: html },
    ]) {
      // MinIO finds some of these malformed, others forbidden.
      assert.ok([400, 403].includes(await send({ method, ...request }, 'x')))
    }
    assert.deepEqual([await bucket.text('linked'), await bucket.text('other')], [undefined, undefined])
    assert.equal(await send({ url, method, headers }, 'first'), 200)
    assert.equal(await send({ url, method, headers }, 'second'), 412)
    assert.ok([400, 403].includes(await send({ url, method, headers: unconditional }, 'third')))
    assert.equal(await bucket.text('linked'), 'first')
  })

  test('names that are none get no link', async ({ store }) => {
    const answer = files(store(), 'links/')
    for (const name of ['', '.', '..', 'a/b', 'a\\b', 'a\nb', 'a'.repeat(201), 1, undefined]) {
      const body = JSON.stringify({ name })
      const response = await answer(new Request('http://page.example/files', { method: 'POST', body }))
      assert.equal(response.status, 400, String(name))
    }
    assert.equal(await answer(new Request('http://page.example/download?name=a/b')), undefined)
  })
}

onEachServer('files', filesSuite)
onEachServer('links to files', linksSuite)
throughLostAnswers('files', filesSuite)

describe('the requests of files', () => {
  let server, bucket, store
  before(async () => {
    server = await FaultServer.start()
    bucket = await TestBucket.create(server)
    store = native.open(server, bucket.name)
    // The server proves itself before anything is counted.
    await store.createObject('proof', 'x')
    await store.createObject('large proof', Readable.from([bytes]))
  })
  after(async () => {
    await bucket.remove()
    closeClients()
    await server.stop()
  })

  it('are as many as its README says', async () => {
    const directory = await mkdtemp(join(tmpdir(), 's3-store-test-'))
    const [small, large] = [join(directory, 'small'), join(directory, 'large')]
    await writeFile(small, 'small')
    await writeFile(large, bytes)
    const cost = async (run) => {
      const earlier = (await server.requests(bucket.name)).total
      await run()
      return (await server.requests(bucket.name)).total - earlier
    }
    const by = { ask: askOf(files(store, '')), send: (link) => send(link, 'x') }
    const costs = {
      small: await cost(() => upload(store, 'small', small, { contentType })),
      large: await cost(() => upload(store, 'large', large, { contentType })),
      downSmall: await cost(() => download(store, 'small', small)),
      refusedSmall: await cost(() => assert.rejects(upload(store, 'small', small, { contentType }), KeyExistsError)),
      refusedLarge: await cost(() => assert.rejects(upload(store, 'large', large, { contentType }), KeyExistsError)),
      exists: await cost(() => store.exists('large')),
      down: await cost(() => download(store, 'large', large)),
      list: await cost(() => list(store, '')),
      link: await cost(() => linkToUpload(store, 'linked', contentType)),
      linkDown: await cost(() => linkToDownload(store, 'small', 'small')),
      byLink: await cost(() => uploadByLink({ name: 'linked', type: '' }, by)),
      refused: await cost(() => uploadByLink({ name: 'linked', type: '' }, by)),
    }
    await rm(directory, { recursive: true })
    assert.deepEqual(costs, {
      small: 1,
      large: 4,
      downSmall: 1,
      refusedSmall: 2,
      refusedLarge: 2 + 5,
      exists: 1,
      down: 2,
      list: 1,
      link: 0,
      linkDown: 0,
      byLink: 1,
      refused: 2,
    })
  })
})

describe('the server of the pages', () => {
  it('answers what nobody should ask by a refusal, and only who asks for this machine', async (t) => {
    const failures = t.mock.method(console, 'error', () => {})
    const web = await serve([async ({ method }) => new Response(method)])
    const { host, port } = new URL(web.url)
    const statusOf = async (path, { method = 'GET', headers, body } = {}) => {
      const asked = request(web.url, { path, method, headers, agent: false }).end(body)
      const [response] = await once(asked, 'response')
      response.resume()
      return response.statusCode
    }
    const statuses = []
    for (const [path, options] of [
      ['/', {}],
      ['/', { headers: { host: `localhost:${port}` } }],
      ['/', { method: 'POST', body: 'x' }],
      ['/', { body: 'x', headers: { 'content-length': 1 } }],
      ['//', {}],
      ['//evil.example/', {}],
      ['http://evil.example/', {}],
      ['/', { method: 'TRACE' }],
      ['/', { method: 'DELETE' }],
      ['/', { headers: { host: 'evil.example' } }],
      ['/', { headers: { host: `evil.example:${port}` } }],
      ['/', { headers: { host: `${host}.evil.example` } }],
    ]) {
      statuses.push(await statusOf(path, options))
    }
    await web.close()
    assert.deepEqual(statuses, [200, 200, 200, 200, 400, 400, 400, 405, 405, 421, 421, 421])
    assert.equal(failures.mock.callCount(), 0)
  })
})

/** @type {Browser} */
let browser

/** A web server in front of the place's bucket. Gives what opens somebody's page of it. */
function pages(place) {
  let web
  before(async () => {
    browser ??= await Browser.start()
    const page = await filesOf(new URL('../../examples/files/page/', import.meta.url))
    web = await serve([files(place.store(), 'page/'), page])
  })
  afterEach(() => browser.leave())
  after(() => web?.close())
  return async () => {
    const page = await (await browser.person()).newPage()
    await page.goto(web.url)
    /** Uploads, and gives what the page says of it. */
    const upload = async (file) => {
      await page.setInputFiles('#file', file)
      await page.click('#upload')
      const end = /^(Uploaded|Refused|Not uploaded|No answer).*/
      const said = await waitFor(async () => end.exec(await page.textContent('#state'))?.[0], 'the upload to end')
      // What is there is shown, too.
      await page.locator('#upload:enabled').waitFor()
      return said
    }
    return { page, upload }
  }
}

const text = (name, body) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(body) })

function pageSuite(place) {
  const { test } = place
  const open = pages(place)

  test('uploads straight to the store, and a second upload is refused', async ({ bucket, endpoint }) => {
    const { page, upload } = await open()
    const answers = []
    page.on('response', (response) => {
      if (response.request().method() === 'PUT') answers.push([new URL(response.url()).origin, response.status()])
    })
    const name = 'Übersicht 1.txt'
    assert.equal(await upload(text(name, 'first')), `Uploaded ${name}.`)
    assert.equal((await bucket.read(`page/${name}`)).contentType, 'text/plain')
    const other = await open()
    assert.match(await other.upload(text(name, 'second')), /^Refused: there is a Übersicht 1.txt already/)
    assert.match(await upload(text(name, 'third')), /^Refused/)
    assert.equal(await bucket.text(`page/${name}`), 'first')
    // The store itself has said so, to the page.
    const { origin } = new URL(endpoint.endpoint)
    assert.deepEqual(answers, [
      [origin, 200],
      [origin, 412],
    ])
    await page.getByRole('link', { name }).waitFor()
    const [downloaded] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()])
    assert.equal(downloaded.suggestedFilename(), name)
    assert.equal(await readFile(await downloaded.path(), 'utf8'), 'first')
  })

  test('shows how far an upload is', async ({ bucket }) => {
    const { page, upload } = await open()
    await page.evaluate(() => {
      globalThis.seen = []
      const bar = document.querySelector('progress')
      new MutationObserver(() => globalThis.seen.push([bar.value, bar.max, bar.hidden])).observe(bar, {
        attributes: true,
      })
    })
    const directory = await mkdtemp(join(tmpdir(), 's3-store-test-'))
    await writeFile(join(directory, 'large'), bytes)
    assert.equal(await upload(join(directory, 'large')), 'Uploaded large.')
    await rm(directory, { recursive: true })
    const seen = await page.evaluate(() => globalThis.seen)
    assert.ok(
      seen.some(([value, max, hidden]) => value === bytes.length && max === bytes.length && !hidden),
      JSON.stringify(seen),
    )
    assert.deepEqual((await bucket.read('page/large')).body, bytes)
  })

  test('knows its upload again when the answer was lost', async ({ bucket }) => {
    const { page, upload } = await open()
    let isLost = false
    await page.route(/X-Amz-Signature/, async (route) => {
      if (isLost || route.request().method() !== 'PUT') return route.continue()
      isLost = (await route.fetch()).ok()
      return route.abort()
    })
    assert.equal(await upload(text('lost', 'first')), 'Uploaded lost.')
    assert.ok(isLost)
    assert.equal(await bucket.text('page/lost'), 'first')
  })
}

function deafPage(place) {
  const open = pages(place)

  place.test('doesn’t say of a file that is there that it was not uploaded', async ({ bucket }) => {
    const { page, upload } = await open()
    await page.route(/X-Amz-Signature/, async (route) => {
      if (route.request().method() !== 'PUT') return route.continue()
      await route.fetch()
      return route.abort()
    })
    await page.route(/landed/, (route) => route.abort())
    assert.match(await upload(text('deaf', 'x')), /^No answer: deaf may have been uploaded/)
    assert.equal(await bucket.text('page/deaf'), 'x')
    await page.getByRole('link', { name: 'deaf' }).waitFor()
    await page.unrouteAll()
    // And of one that is known to be there nothing else, only because the list isn't.
    await page.route(/files$/, (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()))
    assert.equal(await upload(text('heard', 'x')), 'Uploaded heard.')
  })
}

function lossyPage(place) {
  const open = pages(place)

  place.test('creates each file once', async ({ bucket }) => {
    const { page, upload } = await open()
    for (const name of ['a', 'b', 'c', 'd']) {
      assert.equal(await upload(text(name, 'first')), `Uploaded ${name}.`)
      const statuses = []
      const heed = (response) => response.request().method() === 'PUT' && statuses.push(response.status())
      page.on('response', heed)
      const said = await upload(text(name, 'second'))
      page.off('response', heed)
      // Who has lost every answer is not told that somebody else has created it.
      assert.match(said, statuses.length > 0 ? /^Refused/ : /^No answer/)
      assert.equal(await bucket.text(`page/${name}`), 'first')
    }
  })
}

if (noBrowser) it('in a real browser', { skip: noBrowser }, () => {})
else {
  onEachServer('the page', pageSuite)
  onFaultServer('the page', deafPage)
  throughLostAnswers('the page', lossyPage, { loss: 0.1 })
  after(async () => {
    await browser?.close()
    assert.deepEqual(browser?.errors, [])
  })
}
