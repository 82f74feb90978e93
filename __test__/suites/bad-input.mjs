// What is refused before anything is sent.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { written } from '../support/answers.mjs'
import { assertArgumentError, rejection } from '../support/expect-error.mjs'

const type = 'ERR_INVALID_ARG_TYPE'
const etag = '"0123456789abcdef0123456789abcdef"'

/** Name of the case: [value, the code where only one will do]. */
const badKeys = {
  'no key': [undefined, type],
  'null as key': [null, type],
  'a number as key': [42, type],
  'an object as key': [{}, type],
  'a String object as key': [Object('key'), type],
  'an empty key': [''],
  'a key of 1,025 bytes': ['k'.repeat(1025)],
  'a key of 513 characters and 1,026 bytes': ['é'.repeat(513)],
  'a lone high surrogate in the key': ['a\ud83d'],
  'a lone low surrogate in the key': ['\ude00a'],
}

const value = 'ERR_INVALID_ARG_VALUE'

/** Bytes whose memory went elsewhere. */
function detached(body) {
  structuredClone(body, { transfer: [ArrayBuffer.isView(body) ? body.buffer : body] })
  return body
}

/** What is a view of a buffer until that is made shorter. */
function beyond(view) {
  const buffer = new ArrayBuffer(4, { maxByteLength: 8 })
  const body = view(buffer)
  buffer.resize(1)
  return body
}

const nameless = {
  get constructor() {
    throw new Error('asked')
  },
}

const badBodies = {
  'no body': [undefined, type],
  'null as body': [null, type],
  'a number as body': [42, type],
  'a boolean as body': [true, type],
  'an object as body': [{ hello: 'world' }, type],
  'an array as body': [[1, 2, 3], type],
  'a function as body': [() => 'x', type],
  'a symbol as body': [Symbol('x'), type],
  'a Date as body': [new Date(), type],
  'what throws when it is asked for its class as body': [nameless, type],
  'a detached ArrayBuffer as body': [detached(new ArrayBuffer(4)), value],
  'a detached Uint8Array as body': [detached(new Uint8Array(4)), value],
  'a detached DataView as body': [detached(new DataView(new ArrayBuffer(4))), value],
  'a Uint8Array beyond its buffer as body': [beyond((buffer) => new Uint8Array(buffer, 2, 2)), value],
  'a DataView beyond its buffer as body': [beyond((buffer) => new DataView(buffer, 2, 2)), value],
  'a Blob that gives no bytes as body': [{ [Symbol.toStringTag]: 'Blob', arrayBuffer: async () => undefined }, type],
  'a Blob that gives a number as body': [{ [Symbol.toStringTag]: 'Blob', arrayBuffer: () => 5 }, type],
}

const destroyed = Readable.from(['x']).destroy()

const halfRead = new ReadableStream({ pull: (controller) => controller.enqueue('x') })
const reader = halfRead.getReader()
await reader.read()
reader.releaseLock()

const locked = new ReadableStream()
locked.getReader()

/** What can be made a body, or was one, and how: [value, what is said, the code where it is another than for a wrong type]. */
const almost = {
  'a destroyed Readable as body': [destroyed, /give a new stream/, value],
  'a web stream that was read as body': [halfRead, /give a new stream/, value],
  'a locked web stream as body': [locked, /must not be locked/, value],
  'a closed file as body': [{ fd: -1, read() {}, createReadStream() {} }, /is closed/, value],
  'a stream of old as body': [{ pipe() {}, on() {} }, /new Readable\(\)\.wrap/],
  'a promise as body': [Promise.resolve('x'), /await it/],
  'an object as body, of which it says how,': [{ hello: 'world' }, /createJsonWrapper/],
  'an array as body, of which it says how,': [['x'], /createJsonWrapper/],
}

const badEtags = {
  'no etag': [undefined, type],
  'null as etag': [null, type],
  'a number as etag': [42, type],
  'an object as etag': [{}, type],
  'an empty etag': [''],
  'a star as etag': ['*'],
  'a star with a space as etag': [' *'],
  'two etags': ['"a", "b"'],
  'two etags without a space': ['"a","b"'],
}

const badOptions = {
  'a number as options': [42, type, 'options'],
  'an array as options': [[], undefined, 'options'],
  'an unknown option': [{ contenttype: 'text/plain' }, undefined, 'contenttype'],
  'a number as content type': [{ contentType: 42 }, type, 'contentType'],
  'a line feed in the content type': [{ contentType: 'text/plain\nx-evil: 1' }, undefined, 'contentType'],
  'a string as metadata': [{ metadata: 'owner=me' }, type, 'metadata'],
  'a number as metadata': [{ metadata: 42 }, type, 'metadata'],
  'an array as metadata': [{ metadata: ['a', 'b'] }, undefined, 'metadata'],
  'a Map as metadata': [{ metadata: new Map([['a', 'b']]) }, undefined, 'metadata'],
  'a number in the metadata': [{ metadata: { a: 1 } }, type, 'metadata'],
  'an object in the metadata': [{ metadata: { a: { b: 'c' } } }, type, 'metadata'],
  'null in the metadata': [{ metadata: { a: null } }, type, 'metadata'],
  'a character beyond ASCII in the metadata': [{ metadata: { a: 'é' } }, undefined, 'metadata'],
  'a line feed in the metadata': [{ metadata: { a: 'x\ny' } }, undefined, 'metadata'],
  'a control character in the metadata': [{ metadata: { a: 'x\u007f' } }, undefined, 'metadata'],
  'a leading space in the metadata': [{ metadata: { a: ' x' } }, undefined, 'metadata'],
  'a trailing space in the metadata': [{ metadata: { a: 'x ' } }, undefined, 'metadata'],
  'an empty name in the metadata': [{ metadata: { '': 'x' } }, undefined, 'metadata'],
  'a space in a name of the metadata': [{ metadata: { 'a b': 'x' } }, undefined, 'metadata'],
  'a colon in a name of the metadata': [{ metadata: { 'a:': 'x' } }, undefined, 'metadata'],
  'the name of the write id in the metadata': [{ metadata: { 's3-store-write-id': 'x' } }, undefined, 'metadata'],
  'the name of the write id in capitals': [{ metadata: { 'S3-Store-Write-ID': 'x' } }, undefined, 'metadata'],
  'a string as recovery': [{ recovery: 'no' }, type, 'recovery'],
  'a name beyond ASCII in the metadata': [{ metadata: { é: 'x' } }, undefined, 'metadata'],
  'an unknown checksum': [{ checksum: 'crc32' }, undefined, 'checksum'],
  'a checksum that is none': [{ checksum: false }, type, 'checksum'],
  'a number as cache control': [{ cacheControl: 60 }, type, 'cacheControl'],
  'an empty content encoding': [{ contentEncoding: '' }, undefined, 'contentEncoding'],
  'a line feed in the content disposition': [{ contentDisposition: 'a\r\nx-evil: 1' }, undefined, 'contentDisposition'],
  'a letter beyond ASCII in the content disposition': [{ contentDisposition: 'ä' }, undefined, 'contentDisposition'],
  'a string as expires': [{ expires: 'tomorrow' }, type, 'expires'],
  'an invalid Date as expires': [{ expires: new Date(Number.NaN) }, undefined, 'expires'],
  'a string as tagging': [{ tagging: 'a=b' }, type, 'tagging'],
  'a number in the tagging': [{ tagging: { a: 1 } }, type, 'tagging'],
  'a lone surrogate in the tagging': [{ tagging: { a: '\ud83d' } }, undefined, 'tagging'],
  'a string as encryption context': [{ sseKmsEncryptionContext: 'e30=' }, type, 'sseKmsEncryptionContext'],
  'a string as bucketKeyEnabled': [{ bucketKeyEnabled: 'true' }, type, 'bucketKeyEnabled'],
  'an option of reads': [{ range: 'bytes=0-1' }, undefined, 'range'],
}

/** Of what every request for an object may need. */
const badAccess = {
  'a number as owner': [{ expectedBucketOwner: 123 }, type, 'expectedBucketOwner'],
  'a boolean as payer': [{ requestPayer: true }, type, 'requestPayer'],
  'a string as customer key': [{ sseCustomerKey: 'k'.repeat(32) }, type, 'sseCustomerKey'],
  'a short customer key': [{ sseCustomerKey: Buffer.alloc(31) }, type, 'sseCustomerKey'],
}

const badHeadOptions = {
  'a number as version': [{ versionId: 1 }, type, 'versionId'],
  'an empty version': [{ versionId: '' }, undefined, 'versionId'],
  'a star as ifNoneMatch': [{ ifNoneMatch: '*' }, undefined, 'ifNoneMatch'],
  'an unknown checksumMode': [{ checksumMode: true }, undefined, 'checksumMode'],
  'a string as ifModifiedSince': [{ ifModifiedSince: '2026' }, type, 'ifModifiedSince'],
  'an invalid Date as ifModifiedSince': [{ ifModifiedSince: new Date(Number.NaN) }, undefined, 'ifModifiedSince'],
  'two conditions': [{ ifNoneMatch: '"e"', ifModifiedSince: new Date(0) }, undefined, 'ifModifiedSince'],
}

const badGetOptions = {
  'a number as range': [{ range: 5 }, type, 'range'],
  'two ranges': [{ range: 'bytes=0-1,3-4' }, undefined, 'range'],
  'a range of nothing': [{ range: 'bytes=-' }, undefined, 'range'],
  'a range of lines': [{ range: 'lines=0-1' }, undefined, 'range'],
  'a range that ends before it begins': [{ range: 'bytes=5-4' }, undefined, 'range'],
  'a range beyond what a number can say': [{ range: 'bytes=9999999999999999-' }, 'ERR_OUT_OF_RANGE', 'range'],
  'an end before the start': [{ range: { start: 5, end: 4 } }, 'ERR_OUT_OF_RANGE', 'range'],
  'a negative start': [{ range: { start: -1 } }, 'ERR_OUT_OF_RANGE', 'range'],
  'half an end': [{ range: { end: 1.5 } }, 'ERR_OUT_OF_RANGE', 'range'],
  'a string as start': [{ range: { start: '1' } }, type, 'range'],
  'an unknown name in the range': [{ range: { from: 1 } }, undefined, 'range'],
  'a string as responseExpires': [{ responseExpires: 'tomorrow' }, type, 'responseExpires'],
  'a line feed in responseContentType': [{ responseContentType: 'a\nb' }, undefined, 'responseContentType'],
}

const badDeleteOptions = {
  'a string as options': ['"etag"', type, 'options'],
  'null as options': [null, type, 'options'],
  'an array as options': [[], undefined, 'options'],
  'an unknown option': [{ idempotant: true }, undefined, 'idempotant'],
  'an option of writes': [{ recovery: false }, undefined, 'recovery'],
  'a number as idempotent': [{ idempotent: 1 }, type, 'idempotent'],
}

/** Of what ends a call, in every method. */
const badControl = {
  'an object as signal': [{ signal: {} }, type, 'signal'],
  'a controller as signal': [{ signal: new AbortController() }, type, 'signal'],
  'null as signal': [{ signal: null }, type, 'signal'],
  'a string as timeout': [{ timeout: '100' }, type, 'timeout'],
  'no time at all': [{ timeout: 0 }, 'ERR_OUT_OF_RANGE', 'timeout'],
  'half a millisecond': [{ timeout: 1.5 }, 'ERR_OUT_OF_RANGE', 'timeout'],
  'an endless timeout': [{ timeout: Infinity }, 'ERR_OUT_OF_RANGE', 'timeout'],
}
const badCallOptions = {
  'a number as options': [42, type, 'options'],
  'null as options': [null, type, 'options'],
  'an array as options': [[], type, 'options'],
  'an unknown option': [{ signals: [] }, undefined, 'signals'],
  'an option of writes': [{ maxAttempts: 1 }, undefined, 'maxAttempts'],
}

const badPrefixes = {
  'a number as prefix': [42, type],
  'an object as prefix': [{}, type],
  'a lone surrogate in the prefix': ['a\ud83d'],
}

const badListOptions = {
  'a number as delimiter': [{ delimiter: 1 }, type, 'delimiter'],
  'an empty delimiter': [{ delimiter: '' }, undefined, 'delimiter'],
  'an empty startAfter': [{ startAfter: '' }, undefined, 'startAfter'],
  'a lone surrogate in startAfter': [{ startAfter: '\ud83d' }, undefined, 'startAfter'],
  'no keys on a page': [{ pageSize: 0 }, 'ERR_OUT_OF_RANGE', 'pageSize'],
  'more keys on a page than S3 gives': [{ pageSize: 1001 }, 'ERR_OUT_OF_RANGE', 'pageSize'],
  'a string as pageSize': [{ pageSize: '10' }, type, 'pageSize'],
}

const badTags = {
  'no tags': [undefined, type],
  'a string as tags': ['a=b', type],
  'an array as tags': [['a', 'b'], type],
  'a Map as tags': [new Map([['a', 'b']]), type],
  'a number in the tags': [{ a: 1 }, type],
  'an empty name in the tags': [{ '': 'b' }],
  'a lone surrogate in the tags': [{ a: '\ud83d' }],
  'a control character in the tags': [{ a: 'x\u0001' }],
}

/** The calls by the argument that is bad in them. */
const withKey = {
  createObject: (store, key) => store.createObject(key, 'x'),
  putObjectIfMatch: (store, key) => store.putObjectIfMatch(key, 'x', etag),
  getObject: (store, key) => store.getObject(key),
  headObject: (store, key) => store.headObject(key),
  exists: (store, key) => store.exists(key),
  getObjectIfMatch: (store, key) => store.getObjectIfMatch(key, etag),
  deleteObject: (store, key) => store.deleteObject(key),
  deleteObjectIfMatch: (store, key) => store.deleteObjectIfMatch(key, etag),
  resolveWrite: (store, key) => store.resolveWrite(key, 'a'.repeat(32)),
  update: (store, key) => store.update(key, () => 'x'),
  getTags: (store, key) => store.getTags(key),
  putTags: (store, key) => store.putTags(key, {}),
  createObjectFromFile: (store, key) => store.createObjectFromFile(key, 'file'),
  putObjectFromFileIfMatch: (store, key) => store.putObjectFromFileIfMatch(key, 'file', etag),
  getObjectToFile: (store, key) => store.getObjectToFile(key, 'file'),
  restoreVersion: (store, key) => store.restoreVersion(key, 'v', null),
  presign: (store, key) => store.presign('GET', key),
}
const withBody = {
  createObject: (store, body) => store.createObject('key', body),
  putObjectIfMatch: (store, body) => store.putObjectIfMatch('key', body, etag),
}
const withEtag = {
  putObjectIfMatch: (store, value) => store.putObjectIfMatch('key', 'x', value),
  deleteObjectIfMatch: (store, value) => store.deleteObjectIfMatch('key', value),
  putObjectFromFileIfMatch: (store, value) => store.putObjectFromFileIfMatch('key', 'file', value),
}
const withOptions = {
  createObject: (store, options) => store.createObject('key', 'x', options),
  putObjectIfMatch: (store, options) => store.putObjectIfMatch('key', 'x', etag, options),
}
const withDeleteOptions = {
  deleteObjectIfMatch: (store, options) => store.deleteObjectIfMatch('key', etag, options),
}
const withCallOptions = {
  getObject: (store, options) => store.getObject('key', options),
  getObjectIfMatch: (store, options) => store.getObjectIfMatch('key', etag, options),
  deleteObject: (store, options) => store.deleteObject('key', options),
  resolveWrite: (store, options) => store.resolveWrite('key', 'a'.repeat(32), options),
  probe: (store, options) => store.probe(options),
  deleteObjects: (store, options) => store.deleteObjects(['key'], options),
  getTags: (store, options) => store.getTags('key', options),
  putTags: (store, options) => store.putTags('key', {}, options),
  list: (store, options) => store.list('', options)[Symbol.asyncIterator]().next(),
  listVersions: (store, options) => store.listVersions('', options)[Symbol.asyncIterator]().next(),
}
const withGetOptions = {
  getObject: (store, options) => store.getObject('key', options),
}
const withHeadOptions = {
  headObject: (store, options) => store.headObject('key', options),
}
const withAccessOptions = {
  ...withGetOptions,
  ...withHeadOptions,
  getObjectIfMatch: (store, options) => store.getObjectIfMatch('key', etag, options),
  exists: (store, options) => store.exists('key', options),
}
const withFurtherOptions = {
  exists: (store, options) => store.exists('key', options),
  headObject: (store, options) => store.headObject('key', options),
  getObjectToFile: (store, options) => store.getObjectToFile('key', 'file', options),
  presign: (store, options) => store.presign('GET', 'key', options),
}
const withControl = {
  ...withFurtherOptions,
  createObjectFromFile: (store, options) => store.createObjectFromFile('key', 'file', options),
  putObjectFromFileIfMatch: (store, options) => store.putObjectFromFileIfMatch('key', 'file', etag, options),
  copyObject: (store, options) => store.copyObject('from', 'to', { ifNoneMatch: '*', ...options }),
  restoreVersion: (store, options) => store.restoreVersion('key', 'v', null, options),
  update: (store, options) => store.update('key', () => 'x', options),
}
const withTags = { putTags: (store, tags) => store.putTags('key', tags) }
const withPrefix = {
  list: (store, prefix) => store.list(prefix)[Symbol.asyncIterator]().next(),
  listVersions: (store, prefix) => store.listVersions(prefix)[Symbol.asyncIterator]().next(),
}

export function badInput({ test }) {
  const refused = (calls, cases, argument) => {
    for (const [operation, call] of Object.entries(calls)) {
      for (const [name, [given, code, named = argument]] of Object.entries(cases)) {
        test(`${operation} refuses ${name}`, async ({ store, server }) => {
          assertArgumentError(await rejection(call(store, given)), { name: named, code })
          assert.equal(server.requests.length, 0, 'nothing is sent')
        })
      }
    }
  }
  refused(withKey, badKeys, 'key')
  refused(withBody, badBodies, 'body')
  refused(withEtag, badEtags, 'etag')
  refused(withOptions, badOptions)
  refused(withDeleteOptions, badDeleteOptions)
  refused(withPrefix, badPrefixes, 'prefix')
  refused(withTags, badTags, 'tags')
  refused({ getTags: withCallOptions.getTags }, { 'an empty version': [{ versionId: '' }, undefined, 'versionId'] })
  refused({ list: withCallOptions.list }, badListOptions)
  refused(
    { listVersions: withCallOptions.listVersions },
    { 'a place to start after': [{ startAfter: 'a' }, undefined, 'startAfter'] },
  )
  refused({ ...withCallOptions, ...withFurtherOptions }, badCallOptions)
  refused({ ...withOptions, ...withDeleteOptions, ...withCallOptions, ...withControl }, badControl)
  refused({ ...withGetOptions, ...withHeadOptions }, badHeadOptions)
  refused(withGetOptions, badGetOptions)
  refused({ ...withOptions, ...withAccessOptions }, badAccess)
  refused(
    { getObjectIfMatch: withAccessOptions.getObjectIfMatch },
    { 'a second condition': [{ ifNoneMatch: '"e"' }, undefined, 'ifNoneMatch'] },
  )
  refused(
    { deleteObject: withCallOptions.deleteObject },
    { 'a number as version': [{ versionId: 1 }, type, 'versionId'] },
  )
  refused(
    { deleteObjects: withCallOptions.deleteObjects },
    { 'a version of all': [{ versionId: '1' }, undefined, 'versionId'] },
  )
  refused(withDeleteOptions, { 'a version': [{ versionId: '1' }, undefined, 'versionId'] })

  test('a customer key is in no error', async ({ store }) => {
    const secret = 'correct horse battery staple'
    const error = await rejection(store.createObject('key', 'x', { sseCustomerKey: secret }))
    assert.ok(!JSON.stringify([error.message, error.stack, { ...error }]).includes(secret))
  })

  for (const [operation, call] of Object.entries(withBody)) {
    for (const [name, [body, advice, code = type]] of Object.entries(almost)) {
      test(`${operation} refuses ${name} and says why`, async ({ store, server }) => {
        const error = await rejection(call(store, body))
        assertArgumentError(error, { name: 'body', code })
        assert.match(error.message, advice)
        assert.equal(server.requests.length, 0, 'nothing is sent')
      })
    }
  }

  for (const value of [42, {}, true]) {
    test(`getObjectIfMatch refuses ${JSON.stringify(value)} as etag`, async ({ store, server }) => {
      assertArgumentError(await rejection(store.getObjectIfMatch('key', value)), { name: 'etag', code: type })
      assert.equal(server.requests.length, 0, 'nothing is sent')
    })
  }

  test('what getters of metadata give the second time is never written', async ({ store, server }) => {
    server.answer(written())
    let asked = 0
    const metadata = {
      get owner() {
        asked += 1
        return asked === 1 ? 'me' : 'me\r\nx-amz-acl: public-read'
      },
    }
    await store.createObject('key', 'x', { metadata })
    assert.equal(server.requests[0].headers['x-amz-meta-owner'], 'me')
    assert.equal(asked, 1)
  })

  test('a bad argument rejects: no method throws', async ({ store, server }) => {
    for (const calls of [withKey, withBody, withEtag, withOptions]) {
      for (const [operation, call] of Object.entries(calls)) {
        const promise = call(store, Symbol('bad'))
        assert.ok(promise instanceof Promise, operation)
        assert.ok((await rejection(promise)) instanceof TypeError, operation)
      }
    }
    const iterable = store.list(Symbol('bad'))
    await rejection(iterable[Symbol.asyncIterator]().next())
    assert.equal(server.requests.length, 0, 'nothing is sent')
  })
}
