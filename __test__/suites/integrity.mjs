// Checksums: sent with what is written, kept by the server, and held against what is read.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { ChecksumMismatchError } from 's3-store-native'
import { failed, object, reply, written } from '../support/answers.mjs'
import { rejection } from '../support/expect-error.mjs'
import { inFolder } from '../support/folder.mjs'
import { rest, streams } from './streams.mjs'

const MiB = 1024 * 1024
const partSize = 5 * MiB
const body = Buffer.from('a small body, Grüße, 世界')
/** A part and a bit. */
const large = randomBytes(partSize + 4321)

/** What the checksum of some bytes is, in Base64, where Node can tell. */
const base64 = {
  CRC32(bytes) {
    const value = Buffer.alloc(4)
    value.writeUInt32BE(crc32(bytes))
    return value.toString('base64')
  },
  SHA1: (bytes) => createHash('sha1').update(bytes).digest('base64'),
  SHA256: (bytes) => createHash('sha256').update(bytes).digest('base64'),
}
const crcs = ['CRC32', 'CRC32C', 'CRC64NVME']
const digests = ['SHA1', 'SHA256']
const algorithms = [...crcs, ...digests]
const enabled = { checksumMode: 'ENABLED' }

/** The checksum that the object has. */
async function checksumOf(store, key, algorithm) {
  const { response } = await store.headObject(key, enabled)
  return response[`Checksum${algorithm}`]
}

/** On a real server, which computes the checksum as well and refuses what doesn't fit. */
export function integrity(context) {
  const { test } = context

  for (const checksum of algorithms) {
    test(`${checksum} goes with a body, stays with the object and is compared`, async ({ store }) => {
      const key = `small-${checksum}`
      const { etag } = await store.createObject(key, body, { checksum })
      const kept = await checksumOf(store, key, checksum)
      assert.match(kept, /^[A-Za-z0-9+/]+=*$/)
      if (base64[checksum]) assert.equal(kept, base64[checksum](body))
      const got = await store.getObject(key, enabled)
      assert.equal(got.response[`Checksum${checksum}`], kept)
      assert.ok(body.equals(await got.asByteArray()))
      await store.putObjectIfMatch(key, 'other', etag, { checksum })
      assert.notEqual(await checksumOf(store, key, checksum), kept)
    })
  }

  test('update and JSON take it along', async ({ store, json }) => {
    const checksum = 'SHA256'
    await json.createObject('json', { a: 1 }, { checksum })
    await json.update('json', (value) => ({ a: value.a + 1 }), { checksum })
    assert.equal(await checksumOf(store, 'json', checksum), base64.SHA256('{"a":2}'))
    assert.deepEqual((await json.getObject('json', enabled))[0], { a: 2 })
  })
}

/** What the native engine does beyond: parts, files, and a store that always does it. */
export function nativeIntegrity(context) {
  const { test } = context

  test('without being told, none is sent to such a server, and none asked for', async ({ store }) => {
    await store.createObject('plain', body)
    const got = await store.getObject('plain')
    for (const checksum of algorithms) assert.equal(got.response[`Checksum${checksum}`], undefined)
  })

  for (const checksum of crcs) {
    test(`${checksum} of a stream in parts is that of the whole, and compared`, async ({ store }) => {
      const key = `parts-${checksum}`
      await store.createObject(key, Readable.from(pieces(large)), { checksum, partSize })
      await store.createObject(`${key}-whole`, large, { checksum })
      const kept = await checksumOf(store, key, checksum)
      assert.equal(kept, await checksumOf(store, `${key}-whole`, checksum))
      if (base64[checksum]) assert.equal(kept, base64[checksum](large))
      const { response } = await store.headObject(key, enabled)
      assert.equal(response.ChecksumType, 'FULL_OBJECT')
      const got = await store.getObject(key, enabled)
      assert.ok(large.equals(await rest(got[Symbol.asyncIterator]())))
    })
  }

  for (const checksum of digests) {
    test(`${checksum} of a stream in parts is of those of the parts, and each of them was compared`, async (fields) => {
      const { store } = fields
      const key = `parts-${checksum}`
      await store.createObject(key, Readable.from(pieces(large)), { checksum, partSize })
      const parts = [large.subarray(0, partSize), large.subarray(partSize)]
      const each = parts.map((part) => Buffer.from(base64[checksum](part), 'base64'))
      assert.equal(await checksumOf(store, key, checksum), `${base64[checksum](Buffer.concat(each))}-2`)
      const got = await store.getObject(key, enabled)
      assert.ok(large.equals(Buffer.from(await got.asByteArray())))
    })
  }

  test('files go up and come down with it', ({ store }) =>
    inFolder(async (folder) => {
      const [from, to] = [join(folder, 'from'), join(folder, 'to')]
      for (const [key, bytes] of Object.entries({ 'file-small': body, 'file-large': large, 'file-empty': '' })) {
        await writeFile(from, bytes)
        await store.createObjectFromFile(key, from, { checksum: 'CRC32', partSize })
        const kept = await checksumOf(store, key, 'CRC32')
        assert.equal(kept, base64.CRC32(Buffer.from(bytes)))
        const { response } = await store.getObjectToFile(key, to, { ...enabled, partSize: MiB })
        assert.equal(response.ChecksumCRC32, kept)
        assert.ok(Buffer.from(bytes).equals(await readFile(to)))
      }
    }))

  test('a store of which it is said does so always', async ({ openStore }) => {
    const store = openStore({ checksum: 'CRC32C' })
    await store.createObject('always', body)
    const got = await store.getObject('always')
    assert.equal(got.response.ChecksumCRC32C, await checksumOf(store, 'always', 'CRC32C'))
    await store.createObject('always-but', body, { checksum: 'SHA1' })
    assert.equal(await checksumOf(store, 'always-but', 'SHA1'), base64.SHA1(body))
    const small = await store.createObject('always-stream', Readable.from(['ab', 'c']))
    assert.equal((await store.getObject('always-stream')).etag, small.etag)
    assert.ok(await checksumOf(store, 'always-stream', 'CRC32C'))
  })
}

/** Of copies, where these are to be had. */
export function copiedIntegrity({ test }) {
  test('a copy has the checksum that was asked for', async ({ store }) => {
    await store.createObject('from', body)
    await store.copyObject('from', 'to', { ifNoneMatch: '*', checksum: 'SHA256' })
    assert.equal(await checksumOf(store, 'to', 'SHA256'), base64.SHA256(body))
  })
}

/** With answers of which the bytes are not what they should be. */
export function damage({ test }) {
  const other = Buffer.from(body)
  other[3] ^= 1
  const whole = large.subarray(0, 2 * MiB)
  const damagedWhole = Buffer.from(whole)
  damagedWhole[2 * MiB - 5] ^= 1
  /** The bytes, under a checksum that is of others. */
  const under = (bytes, checksum, value) => object(bytes, { headers: { [`x-amz-checksum-${checksum}`]: value } })
  const damaged = under(other, 'crc32', base64.CRC32(body))
  const damagedInPieces = under(damagedWhole, 'sha256', base64.SHA256(whole))

  function assertMismatch(error, { key, operation = 'getObject' }) {
    assert.ok(error instanceof ChecksumMismatchError, String(error))
    const { name, code } = error
    assert.deepEqual([name, code, error.key], ['ChecksumMismatchError', 'CHECKSUM_MISMATCH', key])
    assert.equal(error.operation, operation)
    assert.match(error.message, /the object's (CRC32|SHA256) is \S+=, and what was read of it has \S+=/)
  }

  test('a small body is asked for again, and never given out', async ({ server, store }) => {
    server.answer(damaged, damaged, under(body, 'crc32', base64.CRC32(body)))
    const got = await store.getObject('k', enabled)
    assert.ok(body.equals(await got.asByteArray()))
    assert.equal(got.response.$metadata.attempts, 3)
    server.answer(damaged)
    assertMismatch(await rejection(store.getObject('k', enabled)), { key: 'k' })
    assert.equal(server.requests.length, 3)
    assert.equal(server.requests[0].headers['x-amz-checksum-mode'], 'ENABLED')
    assert.match(server.requests[0].headers.authorization, /x-amz-checksum-mode/)
  })

  for (const [kind, open] of Object.entries(streams)) {
    test(`${kind} of a large body ends in the error, without its last bytes`, async ({ server, store }) => {
      server.answer(damagedInPieces)
      const iterator = await open(await store.getObject('k', enabled))
      const read = []
      assertMismatch(await rejection(rest(iterator, read)), { key: 'k' })
      assert.ok(Buffer.concat(read).length < 2 * MiB)
      assert.equal(server.requests.length, 1)
    })
  }

  test('a large body in one piece is not given out, however often it is asked for', async ({ server, store }) => {
    server.answer(damagedInPieces)
    const got = await store.getObject('k', enabled)
    assertMismatch(await rejection(got.asByteArray()), { key: 'k' })
    await assert.rejects(got.asString())
    assertMismatch(await rejection((await store.getObject('k', enabled)).asString()), { key: 'k' })
  })

  test('a file is not put in its place', ({ server, store }) =>
    inFolder(async (folder) => {
      const path = join(folder, 'file')
      await writeFile(path, 'as it was')
      // Parts, and a look at the checksum, which parts don't have.
      const bytes = object(damagedWhole)
      const looked = reply(200, undefined, {
        etag: '"1"',
        'x-amz-checksum-sha256': base64.SHA256(whole),
        'content-length': 2 * MiB,
      })
      server.answer((request, response) => (request.method === 'HEAD' ? looked : bytes)(request, response))
      const reading = store.getObjectToFile('k', path, { ...enabled, partSize: MiB })
      assertMismatch(await rejection(reading), { key: 'k', operation: 'getObjectToFile' })
      assert.equal(await readFile(path, 'utf8'), 'as it was')
      assert.deepEqual(await readdir(folder), ['file'])
      const looks = server.requests.filter(({ method }) => method === 'HEAD')
      assert.deepEqual(
        looks.map(({ headers }) => [headers['x-amz-checksum-mode'], Boolean(headers['if-match'])]),
        [['ENABLED', true]],
      )
    }))

  test('a file of which the object changed before its checksum was asked for is stale', ({ server, store }) =>
    inFolder(async (folder) => {
      const bytes = object(body)
      server.answer((request, response) => {
        if (request.method === 'HEAD') return reply(412)(request, response)
        return request.headers['if-match']
          ? failed(412, 'PreconditionFailed')(request, response)
          : bytes(request, response)
      })
      const error = await rejection(store.getObjectToFile('k', join(folder, 'file'), enabled))
      assert.equal(error.name, 'StaleDataError')
      assert.deepEqual(await readdir(folder), [])
    }))

  test('parts, and objects whose checksum is of their parts, are read as they are', async ({ server, store }) => {
    server.answer(damaged)
    const range = { start: 1, end: 4 }
    const part = await store.getObject('k', { ...enabled, range })
    assert.ok(other.subarray(1, 5).equals(await part.asByteArray()))
    server.answer(under(other, 'sha256', `${base64.SHA256(body)}-2`))
    assert.ok(other.equals(await (await store.getObject('k', enabled)).asByteArray()))
  })

  test('nothing is compared that was not asked for', async ({ server, openStore, store }) => {
    server.answer(damaged)
    assert.ok(other.equals(await (await store.getObject('k')).asByteArray()))
    const off = openStore({ checksum: false })
    assert.ok(other.equals(await (await off.getObject('k')).asByteArray()))
    assert.equal(server.requests[1].headers['x-amz-checksum-mode'], undefined)
    const on = openStore({ checksum: 'SHA256' })
    assertMismatch(await rejection(on.getObject('k')), { key: 'k' })
  })

  test('a checksum of parts is none of the whole, however it is written', async ({ server, store }) => {
    const headers = { 'x-amz-checksum-crc32': base64.CRC32(body), 'x-amz-checksum-type': 'COMPOSITE' }
    server.answer(object(other, { headers }))
    assert.ok(other.equals(await (await store.getObject('k', enabled)).asByteArray()))
  })

  test('a write says its checksum once, and S3’s refusal is the same error', async ({ server, store }) => {
    server.answer(written())
    await store.createObject('k', body, { checksum: 'CRC32' })
    const [{ headers }] = server.requests
    assert.equal(headers['x-amz-checksum-crc32'], base64.CRC32(body))
    assert.equal(headers['x-amz-sdk-checksum-algorithm'], undefined)
    for (const code of ['BadDigest', 'XAmzContentChecksumMismatch']) {
      server.answer(failed(400, code, 'The CRC32 you specified did not match the calculated checksum.'))
      const error = await rejection(store.createObject('k', body, { checksum: 'CRC32' }))
      assert.ok(error instanceof ChecksumMismatchError, String(error))
      assert.equal(error.message, 'The CRC32 you specified did not match the calculated checksum.')
      assert.equal(error.originalError.name, code)
      assert.equal(server.attempts, 1)
    }
  })

  test('a locked write has a checksum in any case', async ({ server, store }) => {
    server.answer(written())
    const locked = { objectLockLegalHoldStatus: 'ON' }
    await store.createObject('k', body, locked)
    assert.equal(server.requests[0].headers['x-amz-checksum-sha256'], base64.SHA256(body))
    await store.createObject('k', body, { ...locked, checksum: 'CRC32' })
    assert.equal(server.requests[1].headers['x-amz-checksum-sha256'], undefined)
    assert.equal(server.requests[1].headers['x-amz-checksum-crc32'], base64.CRC32(body))
  })
}

function* pieces(bytes) {
  for (let at = 0; at < bytes.length; at += 1_000_001) yield bytes.subarray(at, at + 1_000_001)
}
