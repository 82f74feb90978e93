// What an update tells of its writes when answers are lost.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AmbiguousWriteError, StaleDataError } from 's3-store-native'
import { rejection } from '../support/expect-error.mjs'
import { add, memory, quick, throwing, verbs } from '../support/memory-store.mjs'

describe('a write of update that landed after all', () => {
  const lands = (error, id) => (held, body) => {
    Object.assign(held, { text: body, version: held.version + 1, writeId: id })
    throw Object.assign(error, { writeId: id })
  }
  const overwritten = (error, id) => (held, body) => {
    Object.assign(held, { text: String(Number(body) + 10), version: held.version + 2, writeId: 'another' })
    throw Object.assign(error, { writeId: id })
  }

  it('is found by the read of the next round, and the function is not called again', async () => {
    for (const options of [{}, { idempotent: true }]) {
      const { json, calls } = memory('1', lands(new StaleDataError('stale'), 'mine'))
      let called = 0
      const fn = (count) => {
        called += 1
        return add(count)
      }
      const { value, etag, rounds, changed, response } = await json.update('k', fn, { ...quick, ...options })
      assert.deepEqual({ value, etag, rounds, changed }, { value: 2, etag: '"2"', rounds: 1, changed: true })
      assert.equal(response.writeId, 'mine')
      assert.deepEqual([called, verbs(calls)], [1, ['getObject', 'putObjectIfMatch', 'getObject']])
    }
  })

  it('is found after an ambiguous write with idempotent', async () => {
    const { json } = memory('1', lands(new AmbiguousWriteError('lost'), 'mine'))
    const { value, rounds } = await json.update('k', add, { ...quick, idempotent: true })
    assert.deepEqual([value, rounds], [2, 1])
  })

  it('leads to another round with idempotent when it is not there any more', async () => {
    const { json, held } = memory('1', overwritten(new AmbiguousWriteError('lost'), 'mine'))
    const { value, rounds } = await json.update('k', add, { ...quick, idempotent: true })
    assert.deepEqual([value, rounds, held.text], [13, 2, '13'])
  })

  it('stays ambiguous, whatever error comes after it', async () => {
    const lost = new AmbiguousWriteError('lost')
    const controller = new AbortController()
    const endings = {
      'the rounds are used up': [[throwing(new StaleDataError('stale'))], { maxRounds: 2 }],
      'another error': [[throwing(new Error('denied'))], {}],
      'an abort': [
        [
          (held) => {
            controller.abort()
            throwing(new StaleDataError(held.text))()
          },
        ],
        { signal: controller.signal },
      ],
    }
    for (const [name, [after, options]] of Object.entries(endings)) {
      const { json } = memory('1', throwing(lost), ...after)
      const error = await rejection(json.update('k', add, { ...quick, idempotent: true, ...options }))
      assert.equal(error, lost, name)
    }
  })

  it('is settled by a function that finds nothing left to do', async () => {
    const { json } = memory('1', overwritten(new AmbiguousWriteError('lost'), 'mine'))
    const fn = (count) => (count > 10 ? undefined : add(count))
    const { changed, value } = await json.update('k', fn, { ...quick, idempotent: true })
    assert.deepEqual([changed, value], [false, 12])
  })
})
