'use strict'

// What S3 takes with a request beyond key, body and condition: each option by S3's own name in camelCase, the header that carries
// it, and its field in a command of the JavaScript SDK.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, API_GetObject.html, API_HeadObject.html, API_DeleteObject.html

const { isUint8Array } = require('node:util').types
const { describe, invalidSecretType, invalidType, invalidValue } = require('./argument-errors.cjs')
const { checkedAlgorithm } = require('./checksums.cjs')
const { isWellFormed } = require('./text.cjs')

/**
 * What a request carries: flat lists (name, value, name, value) for native code, and the same as an SDK's command has it.
 * @typedef {object} Request
 * @property {string[]} headers
 * @property {string[]} query
 * @property {Record<string, unknown>} fields
 */
/** @typedef {(argument: string, value: any, request: Request) => void} Reader */
/** @typedef {Readonly<Record<string, Reader>>} Table */

// RFC 9110, section 5.5: visible ASCII and inner spaces.
const FIELD_VALUE = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/
const CUSTOMER_KEY_BYTES = 32

/** Whose bucket it must be, and who pays: of every request. */
/** @type {Table} */
const PARTIES = {
  expectedBucketOwner: text('x-amz-expected-bucket-owner', 'ExpectedBucketOwner'),
  requestPayer: text('x-amz-request-payer', 'RequestPayer'),
}

/** Whose bucket it must be, who pays, and the key that the object is encrypted with: what every request for it needs. */
/** @type {Table} */
const ACCESS = {
  ...PARTIES,
  sseCustomerKey: customerKey('x-amz-server-side-encryption-customer', 'SSECustomer'),
}

/** @type {Table} */
const WRITE = {
  cacheControl: text('cache-control', 'CacheControl'),
  contentDisposition: text('content-disposition', 'ContentDisposition'),
  contentEncoding: text('content-encoding', 'ContentEncoding'),
  contentLanguage: text('content-language', 'ContentLanguage'),
  expires: date('expires', 'Expires', (value) => value.toUTCString()),
  storageClass: text('x-amz-storage-class', 'StorageClass'),
  tagging: readTagging,
  websiteRedirectLocation: text('x-amz-website-redirect-location', 'WebsiteRedirectLocation'),
  serverSideEncryption: text('x-amz-server-side-encryption', 'ServerSideEncryption'),
  sseKmsKeyId: text('x-amz-server-side-encryption-aws-kms-key-id', 'SSEKMSKeyId'),
  sseKmsEncryptionContext: readEncryptionContext,
  bucketKeyEnabled: flag('x-amz-server-side-encryption-bucket-key-enabled', 'BucketKeyEnabled'),
  objectLockMode: text('x-amz-object-lock-mode', 'ObjectLockMode'),
  objectLockRetainUntilDate: date('x-amz-object-lock-retain-until-date', 'ObjectLockRetainUntilDate', (value) =>
    value.toISOString(),
  ),
  checksum: algorithm('x-amz-sdk-checksum-algorithm'),
  objectLockLegalHoldStatus: text('x-amz-object-lock-legal-hold', 'ObjectLockLegalHoldStatus'),
  ...ACCESS,
}

/** Of a copy: tags are the source's unless they are given, also when there are none of them. */
/** @type {Table} */
const COPY = {
  ...WRITE,
  tagging(argument, value, request) {
    readTagging(argument, value, request)
    request.headers.push('x-amz-tagging-directive', 'REPLACE')
    request.fields.TaggingDirective = 'REPLACE'
  },
  checksum: algorithm('x-amz-checksum-algorithm'),
  sourceSseCustomerKey: customerKey('x-amz-copy-source-server-side-encryption-customer', 'CopySourceSSECustomer'),
}

/** @type {Table} */
const RESPONSE = {
  responseCacheControl: parameter('response-cache-control', 'ResponseCacheControl'),
  responseContentDisposition: parameter('response-content-disposition', 'ResponseContentDisposition'),
  responseContentEncoding: parameter('response-content-encoding', 'ResponseContentEncoding'),
  responseContentLanguage: parameter('response-content-language', 'ResponseContentLanguage'),
  responseContentType: parameter('response-content-type', 'ResponseContentType'),
  responseExpires(argument, value, { query, fields }) {
    query.push('response-expires', checkedDate(argument, value).toUTCString())
    fields.ResponseExpires = new Date(value)
  },
}

/** @type {Table} */
const HEAD = {
  ...ACCESS,
  checksumMode(argument, value, { headers, fields }) {
    if (value !== 'ENABLED') throw invalidValue(argument, `must be 'ENABLED', got ${describe(value)}`)
    headers.push('x-amz-checksum-mode', value)
    fields.ChecksumMode = value
  },
}

/** @type {Table} */
const READ = { ...RESPONSE, ...HEAD }

/** Of a delete that has a condition, and is looked after: that needs the key, the delete does not. */
/** @type {Table} */
const LOOKED_AFTER = { sseCustomerKey: ACCESS.sseCustomerKey }

/** @type {Table} */
const DELETE = {
  bypassGovernanceRetention: flag('x-amz-bypass-governance-retention', 'BypassGovernanceRetention'),
  ...PARTIES,
}

/**
 * @param {object} options
 * @param {Table} table
 * @returns {Request | undefined} nothing where none of the table's options is given
 */
function readRequest(options, table) {
  /** @type {Request | undefined} */
  let request
  for (const [name, value] of Object.entries(options)) {
    const read = Object.hasOwn(table, name) ? table[name] : undefined
    if (!read || value === undefined) continue
    request ??= { headers: [], query: [], fields: {} }
    read(`options.${name}`, value, request)
  }
  return request
}

/**
 * Some of the options, as they are now: what the caller changes later does not count.
 * @param {object} options
 * @param {readonly string[]} names
 */
function copyOptions(options, names) {
  const given = Object.entries(options).filter(([name, value]) => names.includes(name) && value !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [name, copied(value)]))
}

/** @param {any} value what was found to be what it must be */
function copied(value) {
  if (isUint8Array(value)) return Uint8Array.from(value)
  if (isDate(value)) return new Date(value)
  return Object.prototype.toString.call(value) === '[object Object]' ? { ...value } : value
}

/**
 * @param {string} header
 * @param {string} field
 * @returns {Reader}
 */
function text(header, field) {
  return (argument, value, { headers, fields }) => {
    headers.push(header, checkedText(argument, value))
    fields[field] = value
  }
}

/**
 * @param {string} name
 * @param {string} field
 * @returns {Reader}
 */
function parameter(name, field) {
  return (argument, value, { query, fields }) => {
    query.push(name, checkedText(argument, value))
    fields[field] = value
  }
}

/**
 * The name of a checksum, in the header that S3 has for that.
 * @param {string} header
 * @returns {Reader}
 */
function algorithm(header) {
  return (argument, value, { headers, fields }) => {
    fields.ChecksumAlgorithm = checkedAlgorithm(argument, value)
    headers.push(header, value)
  }
}

/**
 * @param {string} header
 * @param {string} field
 * @returns {Reader}
 */
function flag(header, field) {
  return (argument, value, { headers, fields }) => {
    if (typeof value !== 'boolean') throw invalidType(argument, 'a boolean', value)
    headers.push(header, String(value))
    fields[field] = value
  }
}

/**
 * @param {string} header
 * @param {string} field
 * @param {(value: Date) => string} print
 * @returns {Reader}
 */
function date(header, field, print) {
  return (argument, value, { headers, fields }) => {
    const moment = checkedDate(argument, value)
    headers.push(header, print(moment))
    fields[field] = moment
  }
}

/**
 * @param {string} argument
 * @param {unknown} value
 * @returns {string}
 */
function checkedText(argument, value) {
  if (typeof value !== 'string') throw invalidType(argument, 'a string', value)
  if (value === '') throw invalidValue(argument, 'must not be empty')
  if (!FIELD_VALUE.test(value)) {
    throw invalidValue(argument, `must be printable ASCII without spaces at the edges, got ${describe(value)}`)
  }
  return value
}

/** @param {unknown} value also one of another realm */
function isDate(value) {
  return Object.prototype.toString.call(value) === '[object Date]'
}

/**
 * @param {string} argument
 * @param {unknown} value
 * @returns {Date} of this realm
 */
function checkedDate(argument, value) {
  if (!isDate(value)) throw invalidType(argument, 'a Date', value)
  const moment = new Date(/** @type {Date} */ (value))
  if (Number.isNaN(moment.getTime())) throw invalidValue(argument, 'must be a valid Date')
  return moment
}

/**
 * @param {string} argument
 * @param {unknown} value
 * @returns {[string, string][]}
 */
function checkedStrings(argument, value) {
  if (Object.prototype.toString.call(value) !== '[object Object]') {
    throw invalidType(argument, 'a flat object of strings', value)
  }
  const entries = Object.entries(/** @type {object} */ (value))
  for (const [name, one] of entries) {
    if (typeof one !== 'string') throw invalidType(`${argument}.${name}`, 'a string', one)
    if (!isWellFormed(name) || !isWellFormed(one)) {
      throw invalidValue(`${argument}.${name}`, 'must be well-formed Unicode, without a lone surrogate')
    }
  }
  return entries
}

/** @type {Reader} Tags as a query string has them: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#AmazonS3-PutObject-request-header-Tagging */
function readTagging(argument, value, { headers, fields }) {
  const tags = checkedStrings(argument, value).map(
    ([name, one]) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`,
  )
  // A proxy that drops empty headers would break the signature.
  if (tags.length === 0) return
  headers.push('x-amz-tagging', tags.join('&'))
  fields.Tagging = tags.join('&')
}

/** @type {Reader} Base64 of UTF-8 of JSON. */
function readEncryptionContext(argument, value, { headers, fields }) {
  const json = JSON.stringify(Object.fromEntries(checkedStrings(argument, value)))
  const encoded = Buffer.from(json).toString('base64')
  headers.push('x-amz-server-side-encryption-context', encoded)
  fields.SSEKMSEncryptionContext = encoded
}

/**
 * The key itself, which S3 forgets after each request: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
 * @param {string} header what the names of the headers begin with
 * @param {string} field and those of the fields
 * @returns {Reader}
 */
function customerKey(header, field) {
  return (argument, value, { headers, fields }) => {
    if (!isUint8Array(value) || value.byteLength !== CUSTOMER_KEY_BYTES) {
      throw invalidSecretType(argument, `a Uint8Array of ${CUSTOMER_KEY_BYTES} bytes`, value)
    }
    const key = Buffer.from(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
    // Loaded where it is needed: it takes longer than the rest of this file.
    const { createHash } = require('node:crypto')
    const md5 = createHash('md5').update(key).digest('base64')
    headers.push(`${header}-algorithm`, 'AES256', `${header}-key`, key.toString('base64'), `${header}-key-md5`, md5)
    Object.assign(fields, {
      [`${field}Algorithm`]: 'AES256',
      [`${field}Key`]: key.toString('base64'),
      [`${field}KeyMD5`]: md5,
    })
  }
}

module.exports = {
  ACCESS,
  COPY,
  DELETE,
  FIELD_VALUE,
  HEAD,
  LOOKED_AFTER,
  PARTIES,
  READ,
  WRITE,
  checkedDate,
  checkedStrings,
  checkedText,
  copyOptions,
  readRequest,
}
