// A bucket of its own for a test file, looked into with the JavaScript SDK, so that no store vouches for itself.
import { randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { sdkClient } from './engines.mjs'

export class TestBucket {
  #client

  /** @param {{ endpoint: string }} server */
  constructor(server) {
    this.name = `t-${randomUUID()}`
    this.#client = sdkClient(server, { maxAttempts: 5, requestChecksumCalculation: 'WHEN_REQUIRED' })
  }

  static async create(server) {
    const bucket = new TestBucket(server)
    // AWS wants the region said again, except for the one where buckets began.
    const elsewhere = server.region !== 'us-east-1' && { LocationConstraint: server.region }
    await bucket.#send(CreateBucketCommand, elsewhere ? { CreateBucketConfiguration: elsewhere } : {})
    return bucket
  }

  /** What the bucket holds under a key: `{ body, etag, contentType, metadata, writeId }`, or undefined. */
  async read(key) {
    try {
      const got = await this.#send(GetObjectCommand, { Key: key })
      const { 's3-store-write-id': writeId, ...metadata } = got.Metadata
      return {
        body: Buffer.from(await got.Body.transformToByteArray()),
        etag: got.ETag,
        contentType: got.ContentType,
        metadata,
        writeId,
      }
    } catch (error) {
      if (error.name === 'NoSuchKey') return undefined
      throw error
    }
  }

  /** The text under a key, or undefined: for the many assertions that need no more. */
  async text(key) {
    return (await this.read(key))?.body.toString()
  }

  /** The tags of an object, as a flat object. */
  async tags(key) {
    const { TagSet = [] } = await this.#send(GetObjectTaggingCommand, { Key: key })
    return Object.fromEntries(TagSet.map(({ Key, Value }) => [Key, Value]))
  }

  /** Writes without a condition, as another program would. */
  async write(key, body, options) {
    const { ETag } = await this.#send(PutObjectCommand, { Key: key, Body: body, ...options })
    return ETag
  }

  async delete(key) {
    await this.#send(DeleteObjectCommand, { Key: key })
  }

  /** Lets everybody do anything with the objects. */
  async open() {
    const Resource = [`arn:aws:s3:::${this.name}`, `arn:aws:s3:::${this.name}/*`]
    const Statement = [{ Effect: 'Allow', Principal: '*', Action: ['s3:*'], Resource }]
    await this.#send(PutBucketPolicyCommand, { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) })
  }

  async keepVersions() {
    await this.#send(PutBucketVersioningCommand, { VersioningConfiguration: { Status: 'Enabled' } })
    this.versioned = true
  }

  /** The keys of all that is there: objects, their versions and delete markers, and unfinished uploads. */
  async leftovers() {
    const kept = [...(await this.#objects()), ...(await this.#versions())].map(({ Key }) => Key)
    return [...kept, ...(await this.uploads())]
  }

  /** The keys of unfinished uploads in parts, of all or of those that begin so. */
  async uploads(prefix) {
    const { Uploads = [] } = await this.#send(ListMultipartUploadsCommand, prefix && { Prefix: prefix })
    return Uploads.map(({ Key }) => Key)
  }

  async remove() {
    for (let round = 1; ; round += 1) {
      const left = await (this.versioned ? this.#versions() : this.#objects())
      if (left.length === 0) break
      if (round > 20) throw new Error(`${this.name} still holds ${JSON.stringify(left.slice(0, 3))}`)
      await this.#deleteAll(left, round)
    }
    // An upload is left by a request to begin one whose answer was lost: nobody else knows its id.
    const { Uploads = [] } = await this.#send(ListMultipartUploadsCommand)
    for (const { Key, UploadId } of Uploads) await this.#send(AbortMultipartUploadCommand, { Key, UploadId })
    await this.#send(DeleteBucketCommand)
    this.#client.destroy()
  }

  async #objects() {
    const { Contents = [], EncodingType } = await this.#send(ListObjectsV2Command, { EncodingType: 'url' })
    // A server that ignores the encoding doesn't name it in its answer.
    const decode = (key) => (EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key)
    return Contents.map(({ Key }) => ({ Key: decode(Key) }))
  }

  async #versions() {
    const { Versions = [], DeleteMarkers = [] } = await this.#send(ListObjectVersionsCommand)
    return [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }))
  }

  /** All at once first, then one by one: XML has no way to name a key with control characters. */
  async #deleteAll(Objects, round) {
    if (round === 1 && Objects.length > 1) await this.#send(DeleteObjectsCommand, { Delete: { Objects, Quiet: true } })
    else for (const object of Objects) await this.#send(DeleteObjectCommand, object)
  }

  #send(Command, input) {
    return this.#client.send(new Command({ Bucket: this.name, ...input }))
  }
}
