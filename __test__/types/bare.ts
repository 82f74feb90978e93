// Everything that needs no other types: no @types/node, no lib.dom.
import createS3Store, {
  AmbiguousWriteError,
  createJsonWrapper,
  createS3Store as named,
  ChecksumMismatchError,
  ConcurrentWriteConflictError,
  KeyExistsError,
  StaleDataError,
  UnsupportedBucketOperationError,
  type Body,
  type CallOptions,
  type DeleteOutcome,
  type GetResult,
  type HeadResult,
  type JsonS3Store,
  type ListedObject,
  type ListedPage,
  type NodeReadable,
  type NotModifiedResult,
  type PresignedRequest,
  type ProbeEvidence,
  type ProbeReport,
  type ProbeVerdict,
  type S3Store,
  type S3StoreError,
  type S3StoreOptions,
  type StoreStats,
  type UpdateOptions,
  type UpdateResult,
  type WriteOptions,
  type WriteResolution,
} from 's3-store-native'
import type { Expect } from './expect.js'

interface Counter {
  visits: number
}

const store = createS3Store('bucket')
true satisfies Expect<typeof store, S3Store>
true satisfies Expect<typeof named, typeof createS3Store>
true satisfies Expect<typeof createS3Store.default, typeof createS3Store>
true satisfies Expect<typeof createS3Store.StaleDataError, typeof StaleDataError>
true satisfies Expect<S3Store['engine'], 'native' | 'client'>

export const options: S3StoreOptions[] = [
  {},
  { client: { send: async (command: { input: object }) => command.input } },
  { client: undefined, engine: 'native' },
  { region: 'eu-west-1', endpoint: 'http://localhost:9000', forcePathStyle: true },
  { credentials: { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't', expiration: new Date() } },
  { credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 's' }), profile: 'p' },
  { credentials: 'anonymous' },
  { proxy: 'http://127.0.0.1:3128' },
  { proxy: false },
  { dangerouslySkipTlsVerification: true },
  { ca: ['-----BEGIN CERTIFICATE-----', new Uint8Array()] as const },
  { useFipsEndpoint: true, useDualstackEndpoint: true, useAccelerateEndpoint: true },
  { recovery: false, readBack: 'ambiguous', conditions: 'trust', verifyPrefix: 'checks/' },
  { client: { send: async () => ({}) }, recovery: true, readBack: 'always', conditions: 'verify' },
  { maxAttempts: 3, connectionTimeout: 1000, requestTimeout: 1000, timeout: 1000, maxConnections: 8 },
]
// @ts-expect-error: the list of options is closed
export const unknownOption: S3StoreOptions = { retries: 3 }
// @ts-expect-error: there are two engines
export const unknownEngine: S3StoreOptions = { engine: 'rust' }
// @ts-expect-error: a server is verified or trusted
export const unknownConditions: S3StoreOptions = { conditions: 'ignore' }
// @ts-expect-error: a client has send
export const noClient: S3StoreOptions = { client: {} }
// @ts-expect-error: the list of a write's options is closed, too
export const unknownWriteOption: WriteOptions = { contenttype: 'text/plain' }
// @ts-expect-error: and of an update's
export const unknownUpdateOption: UpdateOptions = { maxRetries: 3 }

export const bodies: Body[] = ['text', new Uint8Array(1), new DataView(new ArrayBuffer(1)), new ArrayBuffer(1)]
// @ts-expect-error: an object is no body
export const noBody: Body = { hello: 'world' }

export async function verbs() {
  const created = await store.createObject('key', 'body', { contentType: 'text/plain', metadata: { owner: 'me' } })
  await store.createObject('key', 'body', 'text/plain')
  const updated = await store.putObjectIfMatch('key', new Uint8Array(1), created.etag)
  // @ts-expect-error: a write never lacks its condition
  await store.putObjectIfMatch('key', 'body')
  // @ts-expect-error: nor does a conditional delete
  await store.deleteObjectIfMatch('key')
  true satisfies Expect<typeof updated.etag, string>
  true satisfies Expect<typeof updated.response.$metadata.httpStatusCode, number | undefined>

  const got = await store.getObjectIfMatch('key', updated.etag)
  await store.getObjectIfMatch('key', undefined)
  await store.getObject('key', {
    range: { start: 0, end: 9 },
    versionId: 'v',
    signal: undefined,
    sseCustomerKey: new Uint8Array(32),
  })
  await store.createObject('key', 'body', { cacheControl: 'no-store', expires: new Date(), tagging: { a: 'b' } })
  const known: string | undefined = updated.etag
  const changed = await store.getObject('key', { ifNoneMatch: known })
  // @ts-expect-error: nothing may have changed
  await changed.asString()
  if (!changed.notModified) true satisfies Expect<Awaited<ReturnType<typeof changed.asString>>, string>
  const always = await store.getObject('key', { range: 'bytes=0-9' })
  true satisfies Expect<typeof always, GetResult>
  const head = await store.headObject('key')
  true satisfies Expect<typeof head, HeadResult>
  const headOfChange = await store.headObject('key', { ifModifiedSince: new Date() })
  true satisfies Expect<typeof headOfChange, HeadResult | NotModifiedResult>
  true satisfies Expect<Awaited<ReturnType<typeof store.exists>>, boolean>
  // @ts-expect-error: its condition is the etag
  await store.getObjectIfMatch('key', updated.etag, { ifNoneMatch: '"e"' })
  const checked = createJsonWrapper(store, { parse: (value: unknown) => ({ visits: Number(value) }) })
  const checkedValue = await checked.getObjectIfMatch('key')
  true satisfies Expect<typeof checkedValue, { visits: number }>
  const link = await store.presign('PUT', 'key', { ifNoneMatch: '*', contentType: 'text/plain' })
  true satisfies Expect<typeof link, PresignedRequest>
  true satisfies Expect<typeof link.writeId, string | undefined>
  const { writeId } = await store.presign('PUT', 'key', { ifNoneMatch: '*', recovery: true })
  true satisfies Expect<typeof writeId, string>
  const nameless = await store.presign('PUT', 'key', { ifMatch: updated.etag, recovery: false })
  true satisfies Expect<typeof nameless.writeId, string | undefined>
  // @ts-expect-error: a link to write has a condition
  await store.presign('PUT', 'key')
  // @ts-expect-error: a link to read has no content type
  await store.presign('GET', 'key', { contentType: 'text/plain' })
  const copied = await store.copyObject('from', 'to', { ifNoneMatch: '*', sourceIfMatch: updated.etag, tagging: {} })
  true satisfies Expect<typeof copied.response.CopySourceVersionId, string | undefined>
  await store.copyObject('from', 'to', { ifMatch: copied.etag, metadata: { owner: 'me' } })
  // @ts-expect-error: a copy never lacks its condition
  await store.copyObject('from', 'to', { metadata: { owner: 'me' } })
  // @ts-expect-error: nor has it two
  await store.copyObject('from', 'to', { ifMatch: copied.etag, ifNoneMatch: '*' })
  await store.restoreVersion('key', 'v', null, { recovery: true })
  // @ts-expect-error: what is to be replaced must be said
  await store.restoreVersion('key', 'v')
  for (const outcome of await store.deleteObjects(['one', { key: 'two', versionId: 'v' }], {
    requestPayer: 'requester',
  })) {
    true satisfies Expect<typeof outcome, DeleteOutcome>
    if (outcome.deleted) true satisfies Expect<typeof outcome.deleteMarker, true | undefined>
    else true satisfies Expect<typeof outcome.error, Error>
  }
  await store.deleteObjects(store.list('logs/').keys())
  // @ts-expect-error: a string is no list of keys
  await store.deleteObjects('key')
  const tags = await store.getTags('key', { versionId: 'v', requestPayer: 'requester' })
  true satisfies Expect<typeof tags, Record<string, string>>
  await store.putTags('key', { ...tags, reviewed: 'yes' }, { timeout: 1000 })
  // @ts-expect-error: a tag is text
  await store.putTags('key', { reviewed: true })
  for await (const page of store.list('p/', { delimiter: '/', startAfter: 'p/a', pageSize: 10 })) {
    true satisfies Expect<typeof page.commonPrefixes, readonly string[]>
  }
  for await (const page of store.listVersions('p/', { delimiter: '/', pageSize: 10 })) {
    true satisfies Expect<typeof page.commonPrefixes, readonly string[]>
  }
  for await (const version of store.listVersions().versions()) {
    true satisfies Expect<typeof version.VersionId, string>
    if (!version.IsDeleteMarker) true satisfies Expect<typeof version.ETag, string>
  }
  // @ts-expect-error: S3 has no place for versions to start after
  store.listVersions('p/', { startAfter: 'p/a' })
  for await (const name of store.list().keys()) true satisfies Expect<typeof name, string>
  for await (const object of store.list().objects()) true satisfies Expect<typeof object, ListedObject>
  true satisfies Expect<typeof got, GetResult>
  true satisfies Expect<Awaited<ReturnType<typeof got.asString>>, string>
  true satisfies Expect<Awaited<ReturnType<typeof got.asByteArray>>, Uint8Array>
  const anything = await got.asJson()
  true satisfies Expect<typeof anything, any>
  const counter = await got.asJson<Counter>()
  true satisfies Expect<typeof counter, Counter>
  true satisfies Expect<typeof got.response.LastModified, Date | undefined>
  true satisfies Expect<typeof got.response.Metadata, Record<string, string> | undefined>
  true satisfies Expect<Awaited<ReturnType<NonNullable<typeof got.response.Body>['transformToString']>>, string>
  const reader = (await got.asWebStream()).getReader()
  await reader.read()
  await reader.cancel()
  true satisfies Expect<Awaited<ReturnType<typeof got.asNodeStream>>, NodeReadable>
  for await (const chunk of got) true satisfies Expect<typeof chunk, Uint8Array>
  await got.cancel()
  const stats = store.stats()
  true satisfies Expect<typeof stats, StoreStats>
  true satisfies Expect<typeof stats.calls, number>
  true satisfies Expect<typeof stats.bytesSent, number | undefined>

  const deleted = await store.deleteObject('key', created.etag)
  true satisfies Expect<typeof deleted.etag, undefined>
  for await (const page of store.list('prefix/')) {
    true satisfies Expect<typeof page, ListedPage>
    true satisfies Expect<(typeof page)[0]['LastModified'], Date>
  }
}

export async function outcomes() {
  const created = await store.createObject('key', 'body', { recovery: false })
  true satisfies Expect<typeof created.response.writeId, string | undefined>
  true satisfies Expect<typeof created.response.recovered, true | undefined>
  true satisfies Expect<typeof created.response.current, false | undefined>
  const deleted = await store.deleteObjectIfMatch('key', created.etag, { idempotent: true })
  true satisfies Expect<typeof deleted.response.recovered, true | undefined>
  // @ts-expect-error: a content type means nothing to a delete
  await store.deleteObjectIfMatch('key', created.etag, 'text/plain')
  const resolution = await store.resolveWrite('key', '0'.repeat(32))
  true satisfies Expect<typeof resolution, WriteResolution>
  true satisfies Expect<typeof resolution.status, 'landed' | 'not-current' | 'absent'>
}

export async function probes() {
  const report = await store.probe()
  true satisfies Expect<typeof report, ProbeReport>
  true satisfies Expect<ProbeVerdict, 'enforced' | 'ignored' | 'racy' | 'refused' | 'unknown'>
  const { create, multipart, copy, metadata, etags, absentDelete } = report
  for (const { verdict, evidence, note } of [create, multipart, copy, metadata]) {
    true satisfies Expect<typeof verdict, ProbeVerdict>
    true satisfies Expect<typeof evidence, readonly ProbeEvidence[]>
    true satisfies Expect<typeof note, string | undefined>
  }
  true satisfies Expect<NonNullable<typeof etags>['given'], 'quoted' | 'unquoted' | 'weak'>
  true satisfies Expect<typeof absentDelete.ifMatch, string | undefined>
  // @ts-expect-error: there is no such condition
  void report.listIfMatch
  // @ts-expect-error: it takes what ends a call, and nothing else
  await store.probe({ races: 16 })
}

export async function control(signal: createS3Store.AbortSignalLike) {
  const options: CallOptions = { signal, timeout: 1000 }
  const { etag } = await store.createObject('key', 'body', { ...options, contentType: 'text/plain' })
  await store.putObjectIfMatch('key', 'body', etag, options)
  await store.getObject('key', options)
  await store.getObjectIfMatch('key', undefined, options)
  await store.deleteObject('key', options)
  await store.deleteObjectIfMatch('key', etag, { ...options, idempotent: true })
  await store.resolveWrite('key', '0'.repeat(32), options)
  await store.probe(options)
  for await (const page of store.list('prefix/', options)) true satisfies Expect<typeof page, ListedPage>
  await store.update('key', () => 'body', { ...options, maxRounds: 3 })
  const json = createJsonWrapper<Counter>(store)
  const created = await json.createObject('key', { visits: 1 }, options)
  await json.putObjectIfMatch('key', { visits: 2 }, created, options)
  await json.getObject('key', options)
  await json.getObjectIfMatch('key', created, options)
  await json.deleteObject('key', options)
  await json.deleteObjectIfMatch('key', created, options)
  await json.update('key', (current) => current ?? undefined, options)
  for await (const page of json.list('prefix/', options)) true satisfies Expect<typeof page, ListedPage>
  true satisfies Expect<ReturnType<typeof store.close>, Promise<void>>
  // @ts-expect-error: a wrapper has no connections of its own
  await json.close()
  // @ts-expect-error: a time is a number
  await store.getObject('key', { timeout: '1s' })
  // @ts-expect-error: a controller is no signal
  await store.getObject('key', { signal: { abort() {} } })
}

export async function updates(signal: createS3Store.AbortSignalLike) {
  const result = await store.update('key', async (current) => {
    true satisfies Expect<typeof current, GetResult | null>
    return current ? `${await current.asString()}!` : undefined
  })
  true satisfies Expect<typeof result, UpdateResult>
  true satisfies Expect<typeof result.etag, string | undefined>
  await store.update('key', () => new Uint8Array(1), { contentType: 'text/plain', maxRounds: 5, create: false, signal })
  // @ts-expect-error: a number is no body
  await store.update('key', () => 1)

  const typed = createJsonWrapper<Counter>(store)
  const { value, rounds, changed } = await typed.update('key', (current) => {
    true satisfies Expect<typeof current, Counter | null>
    return { visits: (current?.visits ?? 0) + 1 }
  })
  true satisfies Expect<typeof value, Counter | null>
  true satisfies Expect<typeof rounds, number>
  true satisfies Expect<typeof changed, boolean>
  await typed.update('key', (current) => current ?? undefined, { metadata: { owner: 'me' }, maxBackoff: 10 })
  // @ts-expect-error: it holds counters
  await typed.update('key', () => ({ visit: 1 }))
  const untyped = await createJsonWrapper(store).update('key', (current) => [current?.anything], { idempotent: true })
  true satisfies Expect<typeof untyped.value, any>
}

export async function json() {
  const untyped = createJsonWrapper(store)
  true satisfies Expect<typeof untyped, JsonS3Store<any>>
  const pair = await untyped.getObject('key')
  true satisfies Expect<typeof pair, [value: any, etag: string]>
  await untyped.createObject('key', [1, 'two'])

  const typed = createJsonWrapper<Counter>(store)
  const etag: string = await typed.createObject('key', { visits: 1 }, { metadata: { owner: 'me' } })
  // @ts-expect-error: it holds counters
  await typed.createObject('key', { visit: 1 })
  const [counter, current] = await typed.getObject('key')
  true satisfies Expect<typeof counter, Counter>
  true satisfies Expect<typeof current, string>
  const [text] = await typed.getObject<string>('another')
  true satisfies Expect<typeof text, string>
  const same = await typed.getObjectIfMatch('key', current)
  true satisfies Expect<typeof same, Counter>
  await typed.putObjectIfMatch('key', { visits: 2 }, etag)
  await typed.deleteObjectIfMatch('key', etag)
  true satisfies Expect<typeof typed.bucket, string>
}

/** A store by hand, as tests have it. */
export const mocked = createJsonWrapper({
  bucket: 'mocked',
  createObject: async (_key: string, body: string) => ({ etag: body }),
  putObjectIfMatch: async (_key: string, body: string) => ({ etag: body }),
  getObject: async () => ({ etag: '"1"', asJson: async () => ({}) }),
  getObjectIfMatch: async () => ({ asJson: async () => ({}) }),
  deleteObject: async () => undefined,
  deleteObjectIfMatch: async () => undefined,
  async *list() {},
})

/** Each name leads to one class, and none is left over. */
export function narrow(error: S3StoreError) {
  switch (error.name) {
    case 'KeyExistsError':
      return error satisfies KeyExistsError
    case 'StaleDataError':
      return error satisfies StaleDataError
    case 'ChecksumMismatchError':
      return error satisfies ChecksumMismatchError
    case 'ConcurrentWriteConflictError':
      return error satisfies ConcurrentWriteConflictError
    case 'UnsupportedBucketOperationError':
      return error satisfies UnsupportedBucketOperationError
    case 'AmbiguousWriteError':
      return error satisfies AmbiguousWriteError
    default:
      return error satisfies never
  }
}

export function caught(error: unknown) {
  if (!(error instanceof StaleDataError)) return undefined
  true satisfies Expect<typeof error.code, 'STALE_DATA'>
  true satisfies Expect<typeof error.key, string | undefined>
  return error.originalError.$metadata.httpStatusCode
}

export function ambiguous(error: AmbiguousWriteError) {
  true satisfies Expect<typeof error.code, 'AMBIGUOUS_WRITE'>
  true satisfies Expect<typeof error.writeId, string | undefined>
  true satisfies Expect<typeof error.currentEtag, string | undefined>
  true satisfies Expect<typeof error.attempts, number | undefined>
  true satisfies Expect<typeof error.gone, true | undefined>
  true satisfies Expect<typeof error.endedBy, unknown>
}

export const made: Error = new KeyExistsError('cannot overwrite an existing key', new Error('412'))
