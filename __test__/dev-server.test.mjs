// What the development server offers beside what the store asks of it, as the JavaScript SDK finds it.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { closeClients, sdkClient } from './support/engines.mjs'
import { rejection } from './support/expect-error.mjs'
import { servers } from './support/servers.mjs'

const server = servers.find(({ name }) => name === 'dev-server')

describe('the development server', () => {
  const bucket = `t-${randomUUID()}`
  let client
  /** Sends a command by its name, to the bucket. */
  const send = (name, input) => client.send(new sdk[`${name}Command`]({ Bucket: bucket, ...input }))
  const put = async (Key, Body, rest) => (await send('PutObject', { Key, Body, ...rest })).ETag
  const refused = async (call, Code) => assert.equal((await rejection(call)).name, Code)
  const text = async (Key, rest) => (await send('GetObject', { Key, ...rest })).Body.transformToString()

  before(async () => {
    client = sdkClient(server)
    await send('CreateBucket')
  })
  after(async () => {
    const { Versions = [], DeleteMarkers = [] } = await send('ListObjectVersions')
    for (const { Key, VersionId } of [...Versions, ...DeleteMarkers]) await send('DeleteObject', { Key, VersionId })
    await send('DeleteBucket')
    await refused(send('HeadBucket'), 'NotFound')
    closeClients()
  })

  it('has buckets, which go only when they are empty', async () => {
    await send('HeadBucket')
    const { Buckets } = await send('ListBuckets')
    assert.ok(Buckets.some(({ Name }) => Name === bucket))
    await put('full', 'x')
    await refused(send('DeleteBucket'), 'BucketNotEmpty')
    await refused(send('ListObjectsV2', { Bucket: `t-${randomUUID()}` }), 'NoSuchBucket')
  })

  it('lists in pages of any size, by folders too', async () => {
    for (const Key of ['page/a', 'page/b', 'page/c/d', 'page/c/e']) await put(Key, '')
    const first = await send('ListObjectsV2', { Prefix: 'page/', Delimiter: '/', MaxKeys: 2 })
    assert.deepEqual([first.Contents.map(({ Key }) => Key), first.IsTruncated], [['page/a', 'page/b'], true])
    const ContinuationToken = first.NextContinuationToken
    const second = await send('ListObjectsV2', { Prefix: 'page/', Delimiter: '/', MaxKeys: 2, ContinuationToken })
    assert.deepEqual([second.CommonPrefixes, second.IsTruncated], [[{ Prefix: 'page/c/' }], false])
  })

  it('deletes several objects at once', async () => {
    for (const Key of ['many/a', 'many/b', 'many/c']) await put(Key, 'x')
    await send('DeleteObjects', { Delete: { Objects: [{ Key: 'many/a' }, { Key: 'many/b' }] } })
    assert.deepEqual(
      (await send('ListObjectsV2', { Prefix: 'many/' })).Contents.map(({ Key }) => Key),
      ['many/c'],
    )
  })

  it('copies, under conditions on both ends', async () => {
    const etag = await put('source', 'copied', { ContentType: 'text/plain', Metadata: { owner: 'me' } })
    const copy = (rest) => send('CopyObject', { Key: 'target', CopySource: `${bucket}/source`, ...rest })
    await refused(copy({ CopySourceIfMatch: '"other"' }), 'PreconditionFailed')
    await refused(copy({ IfMatch: etag }), 'NoSuchKey')
    await copy({ IfNoneMatch: '*' })
    await refused(copy({ IfNoneMatch: '*' }), 'PreconditionFailed')
    const { ContentType, Metadata, Body } = await send('GetObject', { Key: 'target' })
    assert.deepEqual([ContentType, Metadata], ['text/plain', { owner: 'me' }])
    assert.equal(await Body.transformToString(), 'copied')
  })

  it('takes objects in parts, and lists parts and uploads', async () => {
    const Key = 'parts'
    const { UploadId } = await send('CreateMultipartUpload', { Key })
    const { ETag } = await send('UploadPart', { Key, UploadId, PartNumber: 1, Body: 'in parts' })
    const { Parts } = await send('ListParts', { Key, UploadId })
    assert.deepEqual([Parts.length, Parts[0].PartNumber, Parts[0].ETag, Parts[0].Size], [1, 1, ETag, 8])
    const { Uploads } = await send('ListMultipartUploads')
    assert.deepEqual([Uploads.length, Uploads[0].Key, Uploads[0].UploadId], [1, Key, UploadId])
    const complete = (rest) =>
      send('CompleteMultipartUpload', { Key, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] }, ...rest })
    await refused(complete({ IfMatch: '"other"' }), 'NoSuchKey')
    await complete({ IfNoneMatch: '*' })
    assert.equal(await text(Key), 'in parts')

    const aborted = await send('CreateMultipartUpload', { Key })
    await send('AbortMultipartUpload', { Key, UploadId: aborted.UploadId })
    assert.equal((await send('ListMultipartUploads')).Uploads, undefined)
  })

  it('keeps tags', async () => {
    const Key = 'tagged'
    await put(Key, 'x', { Tagging: 'colour=red' })
    assert.deepEqual((await send('GetObjectTagging', { Key })).TagSet, [{ Key: 'colour', Value: 'red' }])
    await send('PutObjectTagging', { Key, Tagging: { TagSet: [{ Key: 'size', Value: 'small' }] } })
    assert.deepEqual((await send('GetObjectTagging', { Key })).TagSet, [{ Key: 'size', Value: 'small' }])
    assert.equal((await send('GetObject', { Key })).TagCount, 1)
    await send('DeleteObjectTagging', { Key })
    assert.deepEqual((await send('GetObjectTagging', { Key })).TagSet, [])
  })

  it('keeps versions once it is told to', async () => {
    const Key = 'versioned'
    await send('PutBucketVersioning', { VersioningConfiguration: { Status: 'Enabled' } })
    const { VersionId } = await send('PutObject', { Key, Body: 'one' })
    await put(Key, 'two')
    const { DeleteMarker } = await send('DeleteObject', { Key })
    assert.equal(DeleteMarker, true)
    const { Versions, DeleteMarkers } = await send('ListObjectVersions', { Prefix: Key })
    assert.deepEqual([Versions.length, DeleteMarkers.length, DeleteMarkers[0].IsLatest], [2, 1, true])
    await refused(send('GetObject', { Key }), 'NoSuchKey')
    assert.equal(await text(Key, { VersionId }), 'one')
  })
})
