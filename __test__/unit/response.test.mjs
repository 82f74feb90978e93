// A native response has the fields, the names and the types that the SDK makes of the same headers.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import response from '../../lib/response.cjs'

const headers = {
  etag: '"0123456789abcdef0123456789abcdef"',
  'x-amz-request-id': 'REQUEST',
  'x-amz-id-2': 'EXTENDED',
  'x-amz-version-id': 'version',
  'x-amz-delete-marker': 'true',
  'x-amz-expiration': 'expiry-date="Fri, 21 Dec 2029 00:00:00 GMT", rule-id="rule"',
  'x-amz-request-charged': 'requester',
  'x-amz-checksum-type': 'FULL_OBJECT',
  'x-amz-checksum-crc32': 'AAAAAA==',
  'x-amz-checksum-crc32c': 'AAAAAA==',
  'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=',
  'x-amz-checksum-sha1': 'sha1',
  'x-amz-checksum-sha256': 'sha256',
  'x-amz-server-side-encryption': 'aws:kms',
  'x-amz-server-side-encryption-customer-algorithm': 'AES256',
  'x-amz-server-side-encryption-customer-key-md5': 'md5',
  'x-amz-server-side-encryption-aws-kms-key-id': 'key-id',
  'x-amz-server-side-encryption-bucket-key-enabled': 'false',
  'x-amz-server-side-encryption-context': 'context',
  'x-amz-object-size': '42',
  'accept-ranges': 'bytes',
  'x-amz-restore': 'ongoing-request="true"',
  'last-modified': 'Sun, 22 Nov 2026 02:34:53 GMT',
  'content-length': '5',
  'x-amz-missing-meta': '2',
  'cache-control': 'no-cache',
  'content-disposition': 'inline',
  'content-encoding': 'gzip',
  'content-language': 'en',
  'content-range': 'bytes 0-4/5',
  'content-type': 'text/plain',
  'x-amz-website-redirect-location': '/elsewhere',
  'x-amz-storage-class': 'STANDARD_IA',
  'x-amz-replication-status': 'COMPLETED',
  'x-amz-mp-parts-count': '3',
  'x-amz-tagging-count': '4',
  'x-amz-object-lock-mode': 'GOVERNANCE',
  'x-amz-object-lock-retain-until-date': '2030-01-02T03:04:05.000Z',
  'x-amz-object-lock-legal-hold': 'ON',
  'x-amz-meta-owner': 'me',
  'x-unknown': 'left out',
}

const verbs = {
  readGet: [GetObjectCommand, 200, ['Body']],
  readWrite: [PutObjectCommand, 200, []],
  readDelete: [DeleteObjectCommand, 204, []],
}

describe('the response', () => {
  for (const [read, [Command, status, missing]] of Object.entries(verbs)) {
    it(`of ${Command.name} is the SDK's`, async () => {
      const expected = await sdkResponse(Command, status, headers)
      for (const name of missing) delete expected[name]
      const actual = response[read]({ status, attempts: 1, headers: Object.entries(headers) })
      assert.deepEqual(actual, expected)
      assert.ok(Object.keys(actual).length > 3)
    })
  }

  it('of a write has what is known beyond the answer, and only where that is news', () => {
    const head = { status: 200, attempts: 2, headers: [] }
    const known = { recovered: true, writeId: 'a'.repeat(32), current: false }
    for (const read of [response.readWrite, response.readDelete]) {
      const { $metadata, ...fields } = read({ ...head, ...known })
      assert.deepEqual(fields, known)
      assert.equal($metadata.attempts, 2)
      assert.deepEqual(Object.keys(read({ ...head, recovered: false, current: true })), ['$metadata'])
    }
  })

  it('keeps metadata of any name', () => {
    const headers = [['x-amz-meta-__proto__', 'mine']]
    const { Metadata } = response.readGet({ status: 200, attempts: 1, headers })
    assert.deepEqual(Object.entries(Metadata), [['__proto__', 'mine']])
  })

  it('leaves out a date that is none, and a number', () => {
    const headers = [
      ['last-modified', 'yesterday'],
      ['x-amz-missing-meta', 'some'],
    ]
    const read = response.readGet({ status: 200, attempts: 1, headers })
    assert.deepEqual(Object.keys(read), ['$metadata', 'Metadata'])
  })

  it('tells the server’s clock, where it said a date', () => {
    const date = new Date('2026-11-22T02:34:53Z')
    for (const read of [response.readGet, response.readWrite, response.readDelete]) {
      const said = read({ status: 200, attempts: 1, headers: [['date', 'Sun, 22 Nov 2026 02:34:53 GMT']] })
      assert.deepEqual(said.$metadata.date, date)
      const nonsense = read({ status: 200, attempts: 1, headers: [['date', 'now']] })
      assert.equal('date' in nonsense.$metadata, false)
    }
  })

  it('keeps an Expires that is no date as text', () => {
    for (const expires of ['Sun, 22 Nov 2026 02:34:53 GMT', 'never']) {
      const actual = response.readGet({ status: 200, attempts: 1, headers: [['expires', expires]] })
      assert.equal(actual.ExpiresString, expires)
      assert.equal(actual.Expires?.getTime(), expires === 'never' ? undefined : Date.parse(expires))
    }
  })
})

/** What the SDK makes of an answer with these headers. */
async function sdkResponse(Command, statusCode, headers) {
  const requestHandler = {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async () => ({ response: { statusCode, headers: { ...headers }, body: Readable.from(['hello']) } }),
  }
  const client = new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    requestHandler,
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const { $metadata, ...fields } = await client.send(new Command({ Bucket: 'bucket', Key: 'key', Body: 'body' }))
  const { httpStatusCode, requestId, extendedRequestId, attempts } = $metadata
  return { ...fields, $metadata: { httpStatusCode, requestId, extendedRequestId, attempts } }
}
