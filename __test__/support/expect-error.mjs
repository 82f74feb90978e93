// What the store's errors have to look like.
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import * as classes from 's3-store-native'

/** The classes of conflicts by the kind that outcomes have, with their `code`. */
const kinds = {
  KeyExists: [classes.KeyExistsError, 'KEY_EXISTS'],
  StaleData: [classes.StaleDataError, 'STALE_DATA'],
  WriteConflict: [classes.ConcurrentWriteConflictError, 'WRITE_CONFLICT'],
  Unsupported: [classes.UnsupportedBucketOperationError, 'UNSUPPORTED_OPERATION'],
}

/** The promise's rejection. */
export async function rejection(promise) {
  try {
    await promise
  } catch (error) {
    return error
  }
  return assert.fail('it resolved')
}

/**
 * Expects an error that has these fields.
 * @param {string | Record<string, unknown>} expected a name, or more
 * @param {Promise<unknown>} promise
 */
export async function rejectsWith(expected, promise) {
  const error = await rejection(promise)
  const fields = typeof expected === 'string' ? { name: expected } : expected
  for (const [name, value] of Object.entries(fields)) assert.equal(error[name], value, inspect(error))
  return error
}

/**
 * Expects one of the store's own errors, with every field of it.
 * @param {Promise<unknown>} promise
 * @param {{ kind: string, message: string | RegExp, operation: string, bucket: string, key: string, service: { code: string, status: number, message?: string } }} expected
 */
export async function rejectsAs(promise, { kind, message, operation, bucket, key, service }) {
  const error = await rejection(promise)
  const [Class, code] = kinds[kind]
  assert.ok(error instanceof Class, `a ${Class.name}, not ${inspect(error)}`)
  assert.ok(error instanceof Error)
  assert.equal(error.constructor, Class)
  assert.equal(error.name, Class.name)
  if (message instanceof RegExp) assert.match(error.message, message)
  else assert.equal(error.message, message)
  assert.deepEqual(
    { code: error.code, operation: error.operation, bucket: error.bucket, key: error.key },
    { code, operation, bucket, key },
  )
  assert.equal(error.cause, error.originalError, 'cause and originalError are one object')
  assertServiceError(error.originalError, service)
  assert.match(error.stack, /__test__/, 'the stack has the caller in it')
  return error
}

/** Expects what S3 said, as S3 named it. */
export async function rejectsAsService(promise, expected) {
  const error = await rejection(promise)
  for (const [Class] of Object.values(kinds)) assert.ok(!(error instanceof Class), inspect(error))
  assertServiceError(error, expected)
  return error
}

export function assertServiceError(error, { code, status, message, fault = 'client' }) {
  assert.ok(error instanceof Error, inspect(error))
  assert.deepEqual(
    { name: error.name, Code: error.Code, $fault: error.$fault, status: error.$metadata?.httpStatusCode },
    { name: code, Code: code, $fault: fault, status },
    inspect(error),
  )
  assert.ok(Number.isInteger(error.$metadata.attempts), inspect(error))
  assert.equal(typeof error.message, 'string')
  assert.notEqual(error.message, '')
  if (message) assert.equal(error.message, message)
}

/** Expects that a conditional write's fate is not known, and gives what it ended with. */
export function assertAmbiguous(error, { operation, bucket, key, attempts }) {
  assert.ok(error instanceof classes.AmbiguousWriteError, inspect(error))
  assert.deepEqual(
    { name: error.name, code: error.code, operation: error.operation, bucket: error.bucket, key: error.key },
    { name: 'AmbiguousWriteError', code: 'AMBIGUOUS_WRITE', operation, bucket, key },
  )
  assert.equal(error.attempts, attempts)
  // A delete leaves nothing that could carry an id.
  assert.match(String(error.writeId), operation === 'deleteObjectIfMatch' ? /^undefined$/ : /^[0-9a-f]{32}$/)
  assert.ok(error.message.includes(bucket) && error.message.includes(key), error.message)
  assert.equal(error.originalError, error.cause)
  assert.ok(error.cause instanceof Error, inspect(error))
  return error.cause
}

/** Expects a complaint about an argument. */
export function assertArgumentError(error, { name, code }) {
  const Class = {
    ERR_INVALID_ARG_TYPE: [TypeError],
    ERR_INVALID_ARG_VALUE: [TypeError, RangeError],
    ERR_OUT_OF_RANGE: [RangeError],
  }[error?.code]
  assert.ok(Class, `a code of Node's for arguments, not ${inspect(error)}`)
  assert.ok(
    Class.some((one) => error instanceof one),
    `the class that goes with ${error.code}: ${inspect(error)}`,
  )
  if (code) assert.equal(error.code, code, inspect(error))
  assert.ok(error.message.includes(name), `${error.message} names ${name}`)
}

/** Expects that nothing of an error, however deep it is printed, gives a secret away. */
export function assertKeepsSecret(error, secret) {
  const texts = [
    error.message,
    error.stack,
    JSON.stringify(error),
    inspect(error, { depth: 12, showHidden: true }),
    String(error.cause?.stack),
  ]
  for (const text of texts) assert.ok(!text?.includes(secret), 'a secret is in the error')
}
