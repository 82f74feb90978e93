// What a probe finds out: about real servers, and about one that lies and loses answers.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TestBucket } from './support/bucket.mjs'
import { closeClients, delegated, native, nativeEngines } from './support/engines.mjs'
import { rejection } from './support/expect-error.mjs'
import { FaultServer } from './support/fault-server.mjs'
import { runSuite } from './support/matrix.mjs'
import { anyServer } from './support/servers.mjs'
import { noProbes, oddVerdicts, probes } from './suites/probe.mjs'

runSuite(probes, { engines: nativeEngines })
runSuite(noProbes, { engines: [delegated], servers: [anyServer] })

const conditional = { 'if-none-match': { 'if-none-match': true }, 'if-match': { 'if-match': true } }
const ignoring = (operation) => ({ match: { operation }, action: { what: 'ignoreCondition' } })
const answering = (match, status, code) => ({ match, action: { what: 'answer', when: 'before', status, code } })
const dropping = (match, rest) => ({ match, action: { what: 'drop', when: 'after' }, ...rest })
const racing = (operation, condition) => ({
  match: { operation, headers: conditional[condition] },
  action: { what: 'race', ms: 50 },
})

/** What a server does, and the verdicts that are not `enforced` then. */
const lies = {
  nothing: [[], {}],
  'ignores conditions of puts': [[ignoring('PutObject')], { create: 'ignored', putIfMatch: 'ignored' }],
  'ignores conditions of gets': [[ignoring('GetObject')], { getIfMatch: 'ignored', getIfNoneMatch: 'ignored' }],
  'ignores conditions of deletes': [[ignoring('DeleteObject')], { deleteIfMatch: 'ignored' }],
  'ignores conditions of completions': [[ignoring('CompleteMultipartUpload')], { multipart: 'ignored' }],
  'ignores conditions of copies': [[ignoring('CopyObject')], { copy: 'ignored' }],
  'lets racing creates win': [[racing('PutObject', 'if-none-match')], { create: 'racy' }],
  'lets racing updates win': [[racing('PutObject', 'if-match')], { putIfMatch: 'racy' }],
  'lets racing deletes win': [[racing('DeleteObject', 'if-match')], { deleteIfMatch: 'racy' }],
  'drops metadata': [[{ action: { what: 'dropMetadata' } }], { metadata: 'ignored' }],
  'knows no If-None-Match': [
    [answering({ headers: conditional['if-none-match'] }, 501, 'NotImplemented')],
    { create: 'refused', getIfNoneMatch: 'refused', multipart: 'refused', copy: 'refused' },
  ],
  'knows no If-Match': [
    [answering({ headers: conditional['if-match'] }, 501, 'NotImplemented')],
    { putIfMatch: 'refused', getIfMatch: 'refused', deleteIfMatch: 'refused', multipart: 'refused', copy: 'refused' },
  ],
  'lets nobody delete': [[answering({ operation: 'DeleteObject' }, 403, 'AccessDenied')], { deleteIfMatch: 'refused' }],
  'knows no uploads in parts': [
    [answering({ operation: 'CreateMultipartUpload' }, 501, 'NotImplemented')],
    { multipart: 'refused' },
  ],
  'answers 304 for 412': [
    [{ match: { operation: 'GetObject', status: 412 }, action: { what: 'answer', when: 'after', status: 304 } }],
    { getIfMatch: 'unknown' },
  ],
  'fails with 500': [
    [answering({ operation: ['CopyObject', 'CompleteMultipartUpload'] }, 500)],
    { multipart: 'unknown', copy: 'unknown' },
  ],
  'loses every answer to conditional writes': [
    [dropping({ operation: ['PutObject', 'DeleteObject'], headers: { 'if-none-match': true } })],
    { create: 'unknown' },
  ],
  'loses one answer of each kind': [
    ['GetObject', 'HeadObject', 'DeleteObject', 'CopyObject', 'UploadPart', 'CompleteMultipartUpload'].map(
      (operation) => dropping({ operation }, { times: 1 }),
    ),
    {},
  ],
}

describe('probe of a development server that', () => {
  let server
  let bucket
  let store
  before(async () => {
    server = await FaultServer.start()
    bucket = await TestBucket.create(server)
    store = native.open(server, bucket.name)
  })
  after(async () => {
    await bucket?.remove()
    closeClients()
    await server?.stop()
  })

  const test = (name, run) =>
    it(name, { timeout: 60_000 }, async () => {
      try {
        await run()
      } finally {
        await server.removeAll()
      }
    })

  const withRules = async (...rules) => {
    const ids = []
    for (const rule of rules) ids.push(await server.add(rule))
    return ids
  }

  for (const [name, [rules, expected]] of Object.entries(lies)) {
    test(name, async () => {
      const own = await TestBucket.create(server)
      const ids = await withRules(...rules)
      const report = await native.open(server, own.name).probe()
      assert.deepEqual(oddVerdicts(report), expected, JSON.stringify(report, null, 2))
      assert.ok((await server.acted(...ids)).every((times) => times > 0))
      await server.removeAll()
      if (name !== 'lets nobody delete') assert.deepEqual(await own.leftovers(), [])
      await own.remove()
    })
  }

  test('writes etags without quotes', async () => {
    await withRules({ action: { what: 'unquoteEtags' } })
    const report = await store.probe()
    assert.deepEqual(oddVerdicts(report), {})
    assert.equal(report.etags.given, 'unquoted')
  })

  test('writes nowhere but under the prefix', async () => {
    const own = await TestBucket.create(server)
    const report = await native.open(server, own.name, { verifyPrefix: 'checks/' }).probe()
    assert.equal(report.prefix, 'checks/')
    const applied = await server.log(own.name)
    assert.ok(applied.length > 0)
    for (const { key } of applied) assert.match(key, /^checks\/probe-[0-9a-f]{32}$/)
    await own.remove()
  })

  test('never answers a put: three requests, none of them repeated', async () => {
    const own = await TestBucket.create(server)
    await withRules(dropping({ bucket: own.name, operation: 'PutObject' }))
    const error = await rejection(native.open(server, own.name).probe())
    assert.equal(error.code, 'ECONNRESET')
    assert.equal(error.operation, 'probe')
    assert.ok(error.message.includes(own.name), error.message)
    assert.match(error.stack, /__test__/, 'the stack has the caller in it')
    assert.equal((await server.requests(own.name)).operations.PutObject, 3)
    await own.remove()
  })

  test('lets nobody write under the prefix', async () => {
    await withRules(answering({ operation: 'PutObject', keyPrefix: '.s3-store-native/' }, 403, 'AccessDenied'))
    const error = await rejection(store.probe())
    assert.equal(error.name, 'AccessDenied')
  })
})
