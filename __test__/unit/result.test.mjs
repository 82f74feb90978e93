// What is shown of a result where nobody asks for its fields: on the console, in a log, in JSON.
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { describe, it } from 'node:test'
import result from '../../lib/result.cjs'

const { GetResult, Result } = result
const response = { $metadata: { httpStatusCode: 200 }, ETag: '"e"' }

describe('a result', () => {
  it('shows its etag and its response', () => {
    const written = new Result('"e"', undefined, () => response)
    assert.equal(inspect(written), `Result ${inspect({ etag: '"e"', response })}`)
    assert.deepEqual(JSON.parse(JSON.stringify(written)), { etag: '"e"', response })
  })

  it('of a get shows no body', () => {
    const got = new GetResult('"e"', { ...response, Body: 'bytes' }, undefined, {}, { bucket: 'b', key: 'k' })
    assert.match(inspect(got), /^GetResult \{/)
    assert.ok(!inspect(got).includes('bytes') && !JSON.stringify(got).includes('bytes'))
  })
})
