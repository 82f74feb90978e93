// What a probe finds out about a server.
import assert from 'node:assert/strict'
import { rejection } from '../support/expect-error.mjs'

/** The conditions of a report. */
export const rows = [
  'create',
  'putIfMatch',
  'getIfMatch',
  'getIfNoneMatch',
  'deleteIfMatch',
  'multipart',
  'copy',
  'metadata',
]

/** The verdicts of a report that are not `enforced`. */
export function oddVerdicts(report) {
  const verdicts = rows.map((row) => [row, report[row].verdict])
  return Object.fromEntries(verdicts.filter(([, verdict]) => verdict !== 'enforced'))
}

/** On a server without faults. */
export function probes({ test, server }) {
  let probing
  const probed = (store) => (probing ??= store.probe())

  for (const row of rows) {
    test(`${row} is enforced`, async ({ store }) => {
      const report = await probed(store)
      assert.ok(report[row].evidence.length > 0)
      for (const { sent, got } of report[row].evidence) {
        assert.match(sent, /Object|CompleteMultipartUpload/)
        assert.match(got, /\d{3}/)
      }
      assert.equal(report[row].verdict, 'enforced', JSON.stringify(report[row].evidence))
    })
  }

  test('each race has one winner', async ({ store }) => {
    const report = await probed(store)
    for (const row of ['create', 'putIfMatch']) {
      // Not the last evidence where a race against deleters was lost.
      const races = report[row].evidence.filter(({ sent }) => /^16 × PutObject, If-(None-)?Match/.test(sent))
      assert.equal(races.length, 1)
      assert.match(races[0].got, /^1 × 200, /)
    }
  })

  test('the deletion of an absent key under If-Match is NoSuchKey', async ({ store }) => {
    assert.deepEqual((await probed(store)).absentDelete, { plain: '204', ifMatch: '404 NoSuchKey' })
  })

  test('deleters who can not be told apart are noted, and not called racy for it', async ({ store }) => {
    const { deleteIfMatch, absentDelete } = await probed(store)
    if (deleteIfMatch.verdict === 'ignored') return
    assert.equal(Boolean(deleteIfMatch.note?.includes("can't be told")), absentDelete.ifMatch === '204')
    const race = deleteIfMatch.evidence.find(({ sent }) => sent.startsWith('16 × DeleteObject'))
    assert.match(race.got, absentDelete.ifMatch === '204' ? /^\d+ × 204/ : /^1 × 204, 15 × 404/)
  })

  test('it says where it looked, and how etags are written', async ({ store, bucket }) => {
    const report = await probed(store)
    assert.deepEqual(
      [report.endpoint, report.bucket, report.prefix],
      [server.endpoint, bucket.name, '.s3-store-native/'],
    )
    assert.deepEqual(report.etags, { given: 'quoted', accepted: ['quoted', 'unquoted'] })
  })

  test('nothing is left behind', async ({ store, bucket }) => {
    await probed(store)
    assert.deepEqual(await bucket.leftovers(), [])
  })

  test('nothing is left behind in a bucket that keeps versions', async ({ makeBucket, openStore }) => {
    const bucket = await makeBucket()
    await bucket.keepVersions()
    await bucket.write('of-the-user', 'x')
    await openStore({}, bucket.name).probe()
    assert.deepEqual([...new Set(await bucket.leftovers())], ['of-the-user'])
  })

  test('the bucket that is missing is NoSuchBucket', async ({ openStore, bucket }) => {
    const error = await rejection(openStore({}, `${bucket.name}-not`).probe())
    assert.deepEqual(
      [error.name, error.$metadata.httpStatusCode, error.operation, error.key],
      ['NoSuchBucket', 404, 'probe', undefined],
    )
  })
}

/** Through a client. */
export function noProbes({ test }) {
  test('probe is not supported', async ({ store, bucket }) => {
    const error = await rejection(store.probe())
    assert.deepEqual(
      [error.name, error.code, error.operation, error.bucket],
      ['UnsupportedBucketOperationError', 'UNSUPPORTED_OPERATION', 'probe', bucket.name],
    )
    assert.match(error.stack, /__test__/, 'the stack has the caller in it')
  })
}
