// What the native engine reports becomes errors: classes, fields, and messages that say where.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import failures from '../../lib/failures.cjs'
import natives from '../../lib/native/failure.cjs'

const { toError } = failures
const { NativeFailure } = natives
const where = { operation: 'createObject', bucket: 'b', key: 'k' }
const service = { code: 'InternalError', message: 'We failed.', status: 500, fault: 'server', headers: [] }
const lost = { kind: 'Transport', message: 'connection reset', attempts: 2, code: 'ECONNRESET', endpoint: 'http://e' }
const place = '(endpoint http://e, bucket b, key "k")'

/** @param {object} data */
const errorOf = (data, place = where, cause) =>
  toError(new NativeFailure(JSON.stringify({ attempts: 1, message: 'm', ...data }), cause), place)

describe('the message of a failure', () => {
  for (const kind of ['Transport', 'Timeout', 'Credentials', 'Configuration', 'Ambiguous']) {
    it(`says where it was: ${kind}`, () => {
      assert.equal(errorOf({ kind, endpoint: 'http://e' }).message, `m ${place}`)
      assert.equal(errorOf({ kind }).message, 'm (endpoint not known, bucket b, key "k")')
      const listing = { operation: 'list', bucket: 'b', prefix: 'p/' }
      assert.equal(
        errorOf({ kind, endpoint: 'http://e' }, listing).message,
        'm (endpoint http://e, bucket b, prefix "p/")',
      )
    })
  }

  for (const kind of ['KeyExists', 'StaleData', 'WriteConflict', 'Unsupported', 'Service', 'Cancelled', 'Internal']) {
    it(`is the engine’s alone: ${kind}`, () => {
      const data = kind === 'Service' ? { kind, service } : { kind }
      assert.equal(errorOf({ ...data, endpoint: 'http://e' }).message, 'm')
    })
  }

  it('quotes a key as JSON does', () => {
    const { message } = errorOf({ kind: 'Timeout' }, { ...where, key: 'line\n"quoted"' })
    assert.match(message, /key "line\\n\\"quoted\\""\)$/)
  })

  it('of a listing of everything names an empty prefix, which is no field', () => {
    const error = errorOf({ kind: 'Timeout' }, { operation: 'list', bucket: 'b', prefix: undefined })
    assert.match(error.message, /prefix ""\)$/)
    assert.deepEqual([error.operation, 'prefix' in error, 'key' in error], ['list', false, false])
  })
})

describe('an ambiguous write', () => {
  const ambiguous = { kind: 'Ambiguous', message: 'not known', attempts: 2, endpoint: 'http://e', writeId: 'id' }

  it('has what is known of it', () => {
    const error = errorOf({ ...ambiguous, currentEtag: '"e"', cause: lost })
    const { name, code, operation, bucket, key, writeId, currentEtag, attempts, message } = error
    assert.deepEqual(
      { name, code, operation, bucket, key, writeId, currentEtag, attempts, message },
      {
        name: 'AmbiguousWriteError',
        code: 'AMBIGUOUS_WRITE',
        ...where,
        writeId: 'id',
        currentEtag: '"e"',
        attempts: 2,
        message: `not known ${place}`,
      },
    )
    assert.ok(!('gone' in error))
    assert.equal(errorOf({ ...ambiguous, gone: true }).gone, true)
  })

  it('comes from what got lost, which says where, too', () => {
    const { cause, originalError } = errorOf({ ...ambiguous, cause: lost })
    assert.equal(cause, originalError)
    assert.deepEqual([cause.code, cause.message], ['ECONNRESET', `connection reset ${place}`])
    assert.deepEqual(cause.$metadata, { attempts: 2 })
  })

  it('comes from S3’s answer in S3’s words', () => {
    const conflict = { ...service, code: 'PreconditionFailed', message: 'did not hold', status: 412, fault: 'client' }
    const { cause } = errorOf({
      ...ambiguous,
      cause: { kind: 'KeyExists', message: 'cannot overwrite an existing key', attempts: 2, service: conflict },
    })
    assert.deepEqual([cause.name, cause.message, cause.$fault], ['PreconditionFailed', 'did not hold', 'client'])
  })

  it('comes from the caller’s own credentials function', () => {
    const thrown = new Error('the vault is sealed')
    const cause = { kind: 'Credentials', message: 'no credentials', attempts: 2, name: 'CredentialsProviderError' }
    const error = errorOf({ ...ambiguous, cause }, where, thrown)
    assert.equal(error.cause.name, 'CredentialsProviderError')
    assert.equal(error.cause.cause, thrown)
  })
})

it('a conflict has the etag that is there now, and its own id', () => {
  for (const kind of ['KeyExists', 'StaleData', 'Service']) {
    const error = errorOf({ kind, service, currentEtag: '"now"', writeId: 'id' })
    assert.deepEqual([error.currentEtag, error.writeId, 'attempts' in error], ['"now"', 'id', false])
  }
  const bare = errorOf({ kind: 'KeyExists', service })
  assert.ok(!('currentEtag' in bare) && !('writeId' in bare))
})
