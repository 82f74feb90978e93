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

  it('is found by one more read after the last round', async () => {
    for (const [error, options] of [
      [new StaleDataError('stale'), {}],
      [new AmbiguousWriteError('lost'), { idempotent: true }],
    ]) {
      const { json, calls } = memory('1', lands(error, 'mine'))
      const { value, etag, rounds, changed } = await json.update('k', add, { ...options, maxRounds: 1 })
      assert.deepEqual({ value, etag, rounds, changed }, { value: 2, etag: '"2"', rounds: 1, changed: true })
      assert.deepEqual(verbs(calls), ['getObject', 'putObjectIfMatch', 'getObject'])
    }
  })

  it('is found after the last round when it was that of an earlier one', async () => {
    const first = Object.assign(new AmbiguousWriteError('lost'), { writeId: 'first' })
    const second = Object.assign(new StaleDataError('stale'), { writeId: 'second', currentEtag: '"2"' })
    const { json } = memory('1', throwing(first), (held) => {
      Object.assign(held, { text: '"value 1"', version: 2, writeId: 'first' })
      throw second
    })
    let calls = 0
    const { value, rounds } = await json.update('k', () => `value ${++calls}`, {
      ...quick,
      idempotent: true,
      maxRounds: 2,
    })
    assert.deepEqual([value, rounds], ['value 1', 2])
  })

  it('is not looked for after the last round where the store has looked itself', async () => {
    const conflict = Object.assign(new StaleDataError('stale'), { writeId: 'mine', currentEtag: '"5"' })
    const { json, calls } = memory('1', throwing(conflict))
    assert.equal(await rejection(json.update('k', add, { maxRounds: 1 })), conflict)
    assert.deepEqual(verbs(calls), ['getObject', 'putObjectIfMatch'])
  })

  it('is no success when it is not there after the last round, or can’t be looked for', async () => {
    let cancelled = 0
    const controller = new AbortController()
    const found = {
      another: { text: '5', writeId: 'another' },
      none: { text: undefined },
      error: { text: 'no object', read: throwing(new Error('denied')) },
      'no response': { text: '5', read: async () => ({ etag: '"7"', cancel: async () => (cancelled += 1) }) },
      abort: { text: '5', read: () => (controller.abort(), new Promise(() => {})) },
    }
    for (const [name, { read, ...others }] of Object.entries(found)) {
      const conflict = Object.assign(new StaleDataError('stale'), { writeId: 'mine' })
      const { json, store } = memory('1', (held) => {
        Object.assign(held, others)
        if (read) store.getObject = read
        throw conflict
      })
      const options = { maxRounds: 1, signal: controller.signal }
      assert.equal(await rejection(json.update('k', add, options)), conflict, name)
    }
    assert.equal(cancelled, 1, 'what is not read is let go')
  })
})

describe('an update with a write in doubt', () => {
  const idempotent = { ...quick, idempotent: true }
  const doubtful = () => new AmbiguousWriteError('lost')
  const once = (first, then) => {
    let calls = 0
    return (value) => {
      calls += 1
      return calls === 1 ? first : then(value)
    }
  }
  /** What another does while the write is on its way, which is lost then. */
  const losing = (error, meanwhile) => (held) => {
    meanwhile(held)
    throw error
  }

  it('ends with the doubt, and what ended it, whatever comes after it', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const aborting = () => {
      controller.abort(reason)
      throw new StaleDataError('stale')
    }
    const [stale, denied, second] = [new StaleDataError('stale'), new Error('denied'), doubtful()]
    const endings = {
      'the rounds are used up': [throwing(stale), { maxRounds: 2 }, stale],
      'another error': [throwing(denied), {}, denied],
      'an abort': [aborting, { signal: controller.signal }, reason],
    }
    for (const [name, [after, options, endedBy]] of Object.entries(endings)) {
      const lost = doubtful()
      const { json } = memory('1', throwing(lost), after)
      const error = await rejection(json.update('k', add, { ...idempotent, ...options }))
      assert.equal(error, lost, name)
      assert.equal(error.endedBy, endedBy, name)
    }
    const { json } = memory('1', throwing(doubtful()), throwing(second))
    const error = await rejection(json.update('k', add, { ...idempotent, maxRounds: 2 }))
    assert.ok(error === second && !('endedBy' in error), 'the last of two, which nothing else ended')
  })

  const endings = {
    'the function throws': (error) => throwing(error),
    'the function rejects': (error) => async () => throwing(error)(),
    'JSON can not hold what it gives': () => () => 1n,
    'what it gives is no value': () => () => Symbol('s'),
  }
  for (const [name, ending] of Object.entries(endings)) {
    it(`ends with the doubt when ${name}, also over what another wrote`, async () => {
      for (const meanwhile of [() => {}, (held) => Object.assign(held, { text: '5', version: 7 })]) {
        const [lost, thrown] = [doubtful(), new Error('no more')]
        const { json, calls } = memory('1', losing(lost, meanwhile))
        assert.equal(await rejection(json.update('k', once(2, ending(thrown)), idempotent)), lost)
        assert.ok(lost.endedBy === thrown || lost.endedBy instanceof TypeError, String(lost.endedBy))
        assert.deepEqual(verbs(calls), ['getObject', 'putObjectIfMatch', 'getObject'])
      }
    })
  }

  it('ends with the doubt when what it reads next can’t be read, is not JSON, or has no etag', async () => {
    const denied = new Error('denied')
    const reads = {
      error: throwing(denied),
      SyntaxError: async () => ({ etag: '"1"', asByteArray: async () => Buffer.from('{ no') }),
      TypeError: async () => ({ asJson: async () => 3 }),
    }
    for (const [name, read] of Object.entries(reads)) {
      const lost = doubtful()
      const { json, store } = memory(
        '1',
        losing(lost, () => Object.assign(store, { getObject: read })),
      )
      assert.equal(await rejection(json.update('k', add, idempotent)), lost, name)
      assert.ok(lost.endedBy === denied || lost.endedBy.name === name, String(lost.endedBy))
    }
  })

  it('says nothing of what ended it where the error can’t be written to', async () => {
    const lost = Object.freeze({ code: 'AMBIGUOUS_WRITE' })
    const { json } = memory('1', throwing(lost))
    assert.equal(await rejection(json.update('k', once(2, throwing(new Error('no more'))), idempotent)), lost)
  })

  // The write can still come, and would apply.
  for (const [name, text, then] of [
    ['leaves the object alone', '1', () => undefined],
    ['gives what is there', '1', (value) => value],
    ['leaves an absent key alone', undefined, () => undefined],
  ]) {
    it(`is not settled by a function that ${name} while nothing has changed`, async () => {
      const lost = doubtful()
      const { json, held } = memory(text, throwing(lost))
      assert.equal(await rejection(json.update('k', once(2, then), idempotent)), lost)
      assert.ok(!('endedBy' in lost))
      assert.equal(held.text, text)
    })
  }

  // The write comes too late, unless another restores what it was to replace.
  for (const [name, text, meanwhile, expected] of [
    ['what another wrote', '1', { text: '12', version: 3 }, ['"3"', 12]],
    ['what another created', undefined, { text: '12', version: 3 }, ['"3"', 12]],
    ['the absence that another left', '1', { text: undefined }, [undefined, null]],
  ]) {
    it(`is settled by a function that leaves alone ${name}`, async () => {
      const { json } = memory(
        text,
        losing(doubtful(), (held) => Object.assign(held, meanwhile)),
      )
      const { changed, etag, value, rounds } = await json.update(
        'k',
        once(2, () => undefined),
        idempotent,
      )
      assert.deepEqual([etag, value, changed, rounds], [...expected, false, 2])
    })
  }

  it('remembers each write in doubt with what it was to replace', async () => {
    const others = { text: '5', version: 7 }
    for (const [last, expected] of [
      [{ version: 8 }, undefined],
      [{ version: 7 }, 1],
      [{ version: 1 }, 0],
    ]) {
      const lost = [doubtful(), doubtful()]
      const { json } = memory(
        '1',
        losing(lost[0], (held) => Object.assign(held, others)),
        losing(lost[1], (held) => Object.assign(held, last)),
      )
      let calls = 0
      const updating = json.update('k', (value) => (++calls < 3 ? value + 1 : undefined), idempotent)
      if (expected === undefined) assert.equal((await updating).changed, false)
      else assert.equal(await rejection(updating), lost[expected])
    }
  })
})
