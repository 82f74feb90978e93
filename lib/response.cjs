'use strict'

// A response as the JavaScript SDK shapes it, made of the headers of an answer.

/** @typedef {{ status: number, attempts: number, headers: [name: string, value: string][] }} Head */
/** @typedef {Head & { recovered?: boolean, writeId?: string, current?: boolean }} WriteHead */
/** @typedef {import('../index.cjs').ResponseMetadata} ResponseMetadata */
/** @typedef {readonly [header: string, field: string, read?: (value: string) => unknown]} Field */

const METADATA_PREFIX = 'x-amz-meta-'
// The metadata in which a write carries its id: the store's own, which callers neither give nor see among theirs.
const WRITE_ID = 's3-store-write-id'

// What a server or a proxy made up is left out: `undefined` says less than an Invalid Date, and is expected.
/** @param {string} value */
const toDate = (value) => (Number.isNaN(Date.parse(value)) ? undefined : new Date(value))
/** @param {string} value */
const toNumber = (value) => (Number.isNaN(Number(value)) ? undefined : Number(value))
/** @param {string} value */
const toBoolean = (value) => value === 'true'

// The output shapes of S3's API model: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html and its like.
/** @type {Field[]} */
const DELETE_FIELDS = [
  ['x-amz-delete-marker', 'DeleteMarker', toBoolean],
  ['x-amz-version-id', 'VersionId'],
  ['x-amz-request-charged', 'RequestCharged'],
]

/** @type {Field[]} */
const COMMON_FIELDS = [
  ['etag', 'ETag'],
  ['x-amz-version-id', 'VersionId'],
  ['x-amz-expiration', 'Expiration'],
  ['x-amz-request-charged', 'RequestCharged'],
  ['x-amz-checksum-type', 'ChecksumType'],
  ['x-amz-checksum-crc32', 'ChecksumCRC32'],
  ['x-amz-checksum-crc32c', 'ChecksumCRC32C'],
  ['x-amz-checksum-crc64nvme', 'ChecksumCRC64NVME'],
  ['x-amz-checksum-sha1', 'ChecksumSHA1'],
  ['x-amz-checksum-sha256', 'ChecksumSHA256'],
  ['x-amz-checksum-sha512', 'ChecksumSHA512'],
  ['x-amz-checksum-md5', 'ChecksumMD5'],
  ['x-amz-checksum-xxhash64', 'ChecksumXXHASH64'],
  ['x-amz-checksum-xxhash3', 'ChecksumXXHASH3'],
  ['x-amz-checksum-xxhash128', 'ChecksumXXHASH128'],
  ['x-amz-server-side-encryption', 'ServerSideEncryption'],
  ['x-amz-server-side-encryption-customer-algorithm', 'SSECustomerAlgorithm'],
  ['x-amz-server-side-encryption-customer-key-md5', 'SSECustomerKeyMD5'],
  ['x-amz-server-side-encryption-aws-kms-key-id', 'SSEKMSKeyId'],
  ['x-amz-server-side-encryption-bucket-key-enabled', 'BucketKeyEnabled', toBoolean],
]

/** @type {Field[]} */
const WRITE_FIELDS = [
  ...COMMON_FIELDS,
  ['x-amz-server-side-encryption-context', 'SSEKMSEncryptionContext'],
  ['x-amz-object-size', 'Size', toNumber],
  ['x-amz-copy-source-version-id', 'CopySourceVersionId'],
]

/** @type {Field[]} */
const GET_FIELDS = [
  ...COMMON_FIELDS,
  ['x-amz-delete-marker', 'DeleteMarker', toBoolean],
  ['accept-ranges', 'AcceptRanges'],
  ['x-amz-restore', 'Restore'],
  ['x-amz-archive-status', 'ArchiveStatus'],
  ['last-modified', 'LastModified', toDate],
  ['content-length', 'ContentLength', toNumber],
  ['x-amz-missing-meta', 'MissingMeta', toNumber],
  ['cache-control', 'CacheControl'],
  ['content-disposition', 'ContentDisposition'],
  ['content-encoding', 'ContentEncoding'],
  ['content-language', 'ContentLanguage'],
  ['content-range', 'ContentRange'],
  ['content-type', 'ContentType'],
  ['x-amz-website-redirect-location', 'WebsiteRedirectLocation'],
  ['x-amz-storage-class', 'StorageClass'],
  ['x-amz-replication-status', 'ReplicationStatus'],
  ['x-amz-mp-parts-count', 'PartsCount', toNumber],
  ['x-amz-tagging-count', 'TagCount', toNumber],
  ['x-amz-object-lock-mode', 'ObjectLockMode'],
  ['x-amz-object-lock-retain-until-date', 'ObjectLockRetainUntilDate', toDate],
  ['x-amz-object-lock-legal-hold', 'ObjectLockLegalHoldStatus'],
]

const readWriteFields = reader(WRITE_FIELDS)
const readDeleteFields = reader(DELETE_FIELDS)
const readGetFields = reader(GET_FIELDS)

/** @param {Head} head */
function readGet(head) {
  const fields = readGetFields(head)
  const expires = head.headers.find(([name]) => name === 'expires')?.[1]
  if (expires !== undefined) Object.assign(fields, readExpires(expires))
  /** @type {[string, string][]} */
  const metadata = []
  for (const [header, value] of head.headers) {
    if (!header.startsWith(METADATA_PREFIX)) continue
    const name = header.slice(METADATA_PREFIX.length)
    if (name === WRITE_ID) fields.writeId = value
    else metadata.push([name, value])
  }
  return { ...fields, Metadata: Object.fromEntries(metadata) }
}

/** @param {WriteHead} head */
function readWrite(head) {
  return { ...readWriteFields(head), ...readOutcome(head) }
}

/** @param {WriteHead} head */
function readDelete(head) {
  return { ...readDeleteFields(head), ...readOutcome(head) }
}

/**
 * What is known of a write beyond S3's answer.
 * @param {WriteHead} head
 */
function readOutcome({ writeId, recovered, current }) {
  return {
    ...(writeId ? { writeId } : undefined),
    ...(recovered === true ? { recovered } : undefined),
    ...(current === false ? { current } : undefined),
  }
}

/**
 * The SDK keeps the text too, because servers put things there that are no date.
 * @param {string} text
 */
function readExpires(text) {
  const Expires = new Date(text)
  return Number.isNaN(Expires.getTime()) ? { ExpiresString: text } : { Expires, ExpiresString: text }
}

/** @param {Field[]} fields */
function reader(fields) {
  const byHeader = new Map(fields.map((field) => [field[0], field]))
  /**
   * @param {Head} head
   * @returns {{ $metadata: ResponseMetadata, [field: string]: unknown }}
   */
  return (head) => {
    /** @type {{ $metadata: ResponseMetadata, [field: string]: unknown }} */
    const response = { $metadata: readMetadata(head) }
    for (const [name, value] of head.headers) {
      const field = byHeader.get(name)
      const read = field?.[2] ? field[2](value) : value
      if (field && read !== undefined) response[field[1]] = read
    }
    return response
  }
}

/**
 * @param {Head} head
 * @returns {ResponseMetadata}
 */
function readMetadata({ status, attempts, headers }) {
  /** @param {string} wanted */
  const header = (wanted) => headers.find(([name]) => name === wanted)?.[1]
  const date = toDate(header('date') ?? '')
  return {
    httpStatusCode: status,
    requestId: header('x-amz-request-id'),
    extendedRequestId: header('x-amz-id-2'),
    attempts,
    ...(date ? { date } : undefined),
  }
}

module.exports = { WRITE_ID, readGet, readWrite, readDelete, readMetadata }
