// Calls that end early: by their signal, or by their own time.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { runInNewContext } from 'node:vm'
import { join } from 'node:path'
import { deleted, deletedObjects, failed, object, page, reply, silent, tags, written } from '../support/answers.mjs'
import { assertAmbiguous, rejection } from '../support/expect-error.mjs'
import { pagesOf } from '../support/collect.mjs'
import { inFolder } from '../support/folder.mjs'
import { waitFor, within } from '../support/wait.mjs'

const etag = '"0123456789abcdef0123456789abcdef"'

/** Each conditional write with the answer that it hopes for. */
const writes = {
  createObject: [(store, options) => store.createObject('key', 'x', options), written()],
  putObjectIfMatch: [(store, options) => store.putObjectIfMatch('key', 'x', etag, options), written()],
  deleteObjectIfMatch: [(store, options) => store.deleteObjectIfMatch('key', etag, options), deleted()],
}
/** The same of files, which only the native engine has. */
const fileWrites = {
  createObjectFromFile: [
    (store, options) => store.createObjectFromFile('key', import.meta.filename, options),
    written(),
  ],
  putObjectFromFileIfMatch: [
    (store, options) => store.putObjectFromFileIfMatch('key', import.meta.filename, etag, options),
    written(),
  ],
}
/** Each other call, the same. */
const others = {
  getObject: [(store, options) => store.getObject('key', options), object('x')],
  getObjectIfMatch: [(store, options) => store.getObjectIfMatch('key', etag, options), object('x', { etag })],
  headObject: [(store, options) => store.headObject('key', options), reply(200, '', { etag })],
  exists: [(store, options) => store.exists('key', options), reply(200, '', { etag })],
  deleteObject: [(store, options) => store.deleteObject('key', options), deleted()],
  update: [(store, options) => store.update('key', () => undefined, options), object('x')],
  list: [(store, options) => pagesOf(store.list('p/', options)), page(['p/a'])],
  listVersions: [(store, options) => pagesOf(store.listVersions('p/', options)), reply(200, '<ListVersionsResult/>')],
  getTags: [(store, options) => store.getTags('key', options), tags({})],
  putTags: [(store, options) => store.putTags('key', {}, options), reply(200, '')],
}
/** A call whose time is that of each of its requests, and which tells of one that was too slow. */
const batches = { deleteObjects: [(store, options) => store.deleteObjects(['key'], options), deletedObjects(['key'])] }
const copied = (request, response) => {
  const body = request.method === 'HEAD' ? '' : '<CopyObjectResult><ETag>"copied"</ETag></CopyObjectResult>'
  return reply(200, body, { etag })(request, response)
}
/** Those that only the native engine has. A copy begins with a look at its source. */
const nativeOnly = {
  ...fileWrites,
  getObjectToFile: [
    (store, options) => inFolder((folder) => store.getObjectToFile('key', join(folder, 'file'), options)),
    object('x'),
  ],
  copyObject: [(store, options) => store.copyObject('key', 'key', { ifNoneMatch: '*', ...options }), copied],
  restoreVersion: [(store, options) => store.restoreVersion('key', 'v', null, options), copied],
  resolveWrite: [(store, options) => store.resolveWrite('key', 'a'.repeat(32), options), reply(200, '', { etag })],
}
const calls = { ...writes, ...others }
const nativeCalls = { ...calls, ...nativeOnly }
const conditional = { ...writes, ...fileWrites }

const listeners = (signal) => getEventListeners(signal, 'abort').length
/** What nobody may write to: to assign a field, or a stack, would throw. */
const frozen = (message) => Object.freeze(new Error(message))

/** An old polyfill's: no reasons, and no class that anybody knows. */
function polyfill() {
  const listening = new Set()
  return {
    listening,
    aborted: false,
    addEventListener: (_, listener) => listening.add(listener),
    removeEventListener: (_, listener) => listening.delete(listener),
    abort() {
      this.aborted = true
      for (const listener of listening) listener()
    },
  }
}

/** What a call ends with that is aborted once a request of it has arrived. */
async function abortedOnceSent(server, call, signal, abort) {
  server.answer(silent)
  const error = rejection(call({ signal }))
  await waitFor(() => server.requests.length > 0, 'the request to arrive')
  abort()
  return await within(error, 'the end of an aborted call')
}

export function signals({ test, engine }) {
  const all = { ...(engine.engine === 'native' ? nativeCalls : calls), ...batches }

  for (const [operation, [call, answer]] of Object.entries(all)) {
    test(`${operation} with a signal that has aborted sends nothing, and rejects with the reason`, async (context) => {
      for (const reason of [frozen('no more'), 'a string', null, 0]) {
        const signal = AbortSignal.abort(reason)
        assert.equal(await rejection(call(context.store, { signal, timeout: 10_000 })), reason)
        assert.equal(listeners(signal), 0)
      }
      assert.equal(context.server.requests.length, 0)
    })

    test(`${operation} ends when its signal aborts, and so does its transfer`, async ({ store, server, bucket }) => {
      const controller = new AbortController()
      const reason = frozen('enough')
      const ended = await abortedOnceSent(
        server,
        (options) => call(store, options),
        controller.signal,
        () => controller.abort(reason),
      )
      if (engine.engine === 'native' && operation in conditional) {
        assert.equal(assertAmbiguous(ended, { operation, bucket, key: 'key', attempts: 1 }), reason)
      } else assert.equal(ended, reason)
      // An update does not wait for its get.
      await waitFor(() => listeners(controller.signal) === 0, 'the listener to be gone')
      await waitFor(() => server.open === 0, 'the connection to be gone')
      assert.equal(server.requests.length, 1, 'nothing is asked afterwards')
    })

    test(`${operation} that is done is not changed by its signal`, async ({ store, server }) => {
      server.answer(answer)
      const controller = new AbortController()
      await call(store, { signal: controller.signal, timeout: 20_000 })
      assert.equal(listeners(controller.signal), 0)
      const { length } = server.requests
      assert.ok(length > 0)
      controller.abort()
      await new Promise(setImmediate)
      assert.equal(server.requests.length, length)
    })
  }

  test('a signal of another realm, or of a polyfill without reasons, is as good', async ({ store, server }) => {
    const foreign = runInNewContext('Object.assign(signal, { reason: "theirs" })', { signal: polyfill() })
    const call = (options) => store.getObject('key', options)
    assert.equal(await abortedOnceSent(server, call, foreign, () => foreign.abort()), 'theirs')
    const old = polyfill()
    const error = await abortedOnceSent(server, call, old, () => old.abort())
    assert.deepEqual([error.name, error.code], ['AbortError', DOMException.ABORT_ERR])
    assert.equal((await rejection(call({ signal: old }))).name, 'AbortError')
    await waitFor(() => old.listening.size + foreign.listening.size === 0, 'the listeners to be gone')
  })

  test('a write of a Blob that is being read ends with the reason, and sends nothing', async ({ store, server }) => {
    const reason = frozen('enough')
    const controller = new AbortController()
    const endless = Object.assign(new Blob(['x']), { arrayBuffer: () => new Promise(() => {}) })
    const writing = rejection(store.createObject('key', endless, { signal: controller.signal }))
    controller.abort(reason)
    assert.equal(await within(writing, 'the end of the write'), reason)
    const late = await rejection(store.createObject('key', endless, { timeout: 20 }))
    assert.deepEqual(
      [late.name, late.code, late.operation, late.key],
      ['TimeoutError', 'ETIMEDOUT', 'createObject', 'key'],
    )
    assert.deepEqual([listeners(controller.signal), server.requests.length], [0, 0])
  })
}

export function timeouts({ test, engine }) {
  for (const [operation, [call]] of Object.entries(engine.engine === 'native' ? nativeCalls : calls)) {
    test(`${operation} ends when its time is up`, async ({ store, server, bucket }) => {
      server.answer(silent)
      const ended = await within(rejection(call(store, { timeout: 100 })), 'the end of the call')
      const isWrite = engine.engine === 'native' && operation in conditional
      const error = isWrite ? assertAmbiguous(ended, { operation, bucket, key: 'key', attempts: 1 }) : ended
      assert.deepEqual([error.name, error.code], ['TimeoutError', 'ETIMEDOUT'])
      // Of an adopted client’s first call, what was left of it.
      assert.match(error.message, /\b(100|\d\d) ms.*bucket scripted-bucket/)
      assert.deepEqual(
        [ended.operation, ended.bucket, ended.key],
        [operation, bucket, operation.startsWith('list') ? undefined : 'key'],
      )
      assert.match(ended.stack, /__test__/)
      await waitFor(() => server.open === 0, 'the connection to be gone')
    })
  }
}

/** What the native engine alone can promise. */
export function nativeSignals({ test }) {
  test('a time limit of the call goes before the store’s', async ({ openStore, server }) => {
    server.answer((request, response) => setTimeout(object('x'), 400, request, response))
    const hasty = openStore({ timeout: 50 })
    assert.equal((await rejection(hasty.getObject('key'))).code, 'ETIMEDOUT')
    assert.equal(await (await hasty.getObject('key', { timeout: 20_000 })).asString(), 'x')
  })

  test('a probe ends with the reason, and what it wrote is taken away', async ({ store, server }) => {
    const isDelete = ({ method }) => method === 'DELETE'
    server.answer((request, response) => {
      if (isDelete(request)) deleted()(request, response)
      // It looks for versions first.
      else if (request.method !== 'PUT') failed(501, 'NotImplemented')(request, response)
    })
    assert.equal(await rejection(store.probe({ signal: AbortSignal.abort('before') })), 'before')
    assert.equal(server.requests.length, 0)
    const controller = new AbortController()
    const probing = rejection(store.probe({ signal: controller.signal }))
    await waitFor(() => server.requests.length > 0, 'the first request')
    controller.abort('enough')
    assert.equal(await within(probing, 'the end of the probe'), 'enough')
    assert.equal(listeners(controller.signal), 0)
    await waitFor(() => server.requests.some(isDelete), 'the key to be taken away')
  })

  test('a probe ends when its time is up, however long it takes to take away what it wrote', async ({
    store,
    server,
  }) => {
    const isDelete = ({ method }) => method === 'DELETE'
    let letGo
    const ended = new Promise((resolve) => {
      letGo = resolve
    })
    server.answer(async (request, response) => {
      if (request.method === 'PUT') return
      await ended
      if (isDelete(request)) deleted()(request, response)
      else failed(501, 'NotImplemented')(request, response)
    })
    const error = await within(rejection(store.probe({ timeout: 100 })), 'the end of the probe')
    assert.equal(error.code, 'ETIMEDOUT')
    letGo()
    await waitFor(() => server.requests.some(isDelete), 'the key to be taken away')
  })

  for (const [operation, [call]] of Object.entries(writes)) {
    test(`${operation} that waits for a connection ends with the reason: it did not land`, async (context) => {
      const { openStore, server } = context
      const store = openStore({ maxConnections: 1 })
      server.answer(silent)
      const first = new AbortController()
      const holding = rejection(store.getObject('other', { signal: first.signal }))
      await waitFor(() => server.requests.length === 1, 'the first request')
      const reason = frozen('enough')
      const controller = new AbortController()
      const waiting = rejection(call(store, { signal: controller.signal }))
      await new Promise(setImmediate)
      controller.abort(reason)
      assert.equal(await within(waiting, 'the end of a call that waits'), reason)
      first.abort()
      await holding
      assert.equal(server.requests.length, 1)
    })

    test(`${operation} that met trouble ends while it waits to try again`, async ({ store, server, bucket }) => {
      const controller = new AbortController()
      const reason = frozen('enough')
      server.answer((request, response) => {
        reply(503, '<Error><Code>SlowDown</Code></Error>', { 'retry-after': '20' })(request, response)
        // Once the answer is there.
        setTimeout(() => controller.abort(reason), 200)
      })
      const ended = await within(rejection(call(store, { signal: controller.signal })), 'the end of the wait', 4_000)
      assert.equal(assertAmbiguous(ended, { operation, bucket, key: 'key', attempts: 1 }), reason)
      assert.equal(ended.originalError, reason)
      assert.equal(server.requests.length, 1, 'nothing is looked at afterwards')
    })
  }

  test('one signal for many calls has one listener, and all of them end', async ({ store, server }) => {
    const warnings = []
    const warn = (warning) => warnings.push(warning)
    process.on('warning', warn)
    server.answer(silent)
    const controller = new AbortController()
    const { signal } = controller
    const many = Array.from({ length: 50 }, () => rejection(store.getObject('key', { signal })))
    await waitFor(() => server.requests.length === 50, 'all of the requests')
    assert.equal(listeners(signal), 1)
    controller.abort('all')
    assert.deepEqual(new Set(await Promise.all(many)), new Set(['all']))
    await new Promise(setImmediate)
    process.off('warning', warn)
    assert.deepEqual([listeners(signal), warnings], [0, []])
  })
}

/** A link is signed here: all that it can wait for are credentials. */
export function signedLinks({ test }) {
  const never = { credentials: () => new Promise(() => {}) }

  test('presign ends when its signal aborts, or its time is up, also while there are no credentials', async (fields) => {
    const { store, openStore, server, bucket } = fields
    const reason = frozen('enough')
    assert.equal(await rejection(store.presign('GET', 'key', { signal: AbortSignal.abort(reason) })), reason)
    const controller = new AbortController()
    const signing = rejection(openStore(never).presign('GET', 'key', { signal: controller.signal }))
    await new Promise(setImmediate)
    controller.abort(reason)
    assert.equal(await within(signing, 'the end of an aborted call'), reason)
    assert.equal(listeners(controller.signal), 0)
    const late = await within(
      rejection(openStore(never).presign('GET', 'key', { timeout: 100 })),
      'the end of the call',
    )
    assert.deepEqual([late.code, late.operation, late.bucket, late.key], ['ETIMEDOUT', 'presign', bucket, 'key'])
    assert.equal(server.requests.length, 0)
  })
}

/** Calls that have nothing to do with each other. */
export function apart({ test }) {
  for (const count of [1, 2, 40]) {
    test(`${count} calls that are done do not wait for one that is not`, async ({ server, store }) => {
      const get = object('x')
      server.answer((request, response) => (request.path.endsWith('waiting') ? silent() : get(request, response)))
      const end = new AbortController()
      const waiting = rejection(store.getObject('waiting', { signal: end.signal }))
      await waitFor(() => server.requests.length === 1, 'the request')
      const done = Array.from({ length: count }, () => store.getObject('key'))
      await within(Promise.all(done), 'the calls that are answered')
      end.abort(new Error('enough'))
      assert.equal((await waiting).message, 'enough')
    })
  }
}
