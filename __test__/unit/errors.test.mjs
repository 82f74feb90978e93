// The classes of the store's errors, and the stacks of errors that come out of either engine.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import createS3Store, { KeyExistsError, StaleDataError } from 's3-store-native'
import { rejection } from '../support/expect-error.mjs'

describe('an error of the store', () => {
  const original = Object.assign(new Error('the server said so'), { Code: 'PreconditionFailed' })
  const error = new StaleDataError('stale', original)

  it('is printed once, with its cause', () => {
    const text = inspect(error)
    assert.match(text, /^StaleDataError: stale/)
    assert.match(text, /\[cause\]: Error: the server said so/)
    assert.equal(text.split('the server said so').length, 2)
  })

  it('has a name that a minifier can not change, and a code', () => {
    assert.equal(Object.prototype.hasOwnProperty.call(error, 'name'), false)
    assert.equal(Object.getPrototypeOf(error).name, 'StaleDataError')
    assert.equal(JSON.parse(JSON.stringify(error)).code, 'STALE_DATA')
  })

  it('made without an original error has no cause', () => {
    assert.equal('cause' in new StaleDataError('alone'), false)
  })

  it('is no error of another class', () => {
    assert.ok(!(error instanceof KeyExistsError))
  })
})

it('a mapped error has the caller in its stack, and nothing of the store’s inside', async () => {
  const client = {
    async send() {
      throw Object.assign(new Error('exists'), { Code: 'PreconditionFailed' })
    },
  }
  const store = createS3Store('bucket', { client })
  async function aCallerOfTheStore() {
    await store.createObject('key', 'body')
  }
  const error = await rejection(aCallerOfTheStore())
  assert.match(error.stack, /aCallerOfTheStore/)
  assert.match(error.stack.split('\n')[1], /S3Store\.createObject/)
})
