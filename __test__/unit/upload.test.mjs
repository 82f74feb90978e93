// What becomes of an upload whose body fails: it is given up, or it would wait for its body as long as the store is there.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { uploadFrom } from '../../lib/native/upload.cjs'
import { rejection } from '../support/expect-error.mjs'

describe('an upload', () => {
  const thrown = new Error('the body’s own')
  const fails = () => {
    throw thrown
  }
  const bodies = {
    'can’t be opened': { [Symbol.asyncIterator]: fails },
    'fails, and fails to end': {
      [Symbol.asyncIterator]: () => ({ next: fails, return: () => assert.fail('nobody hears this') }),
    },
  }
  for (const [name, body] of Object.entries(bodies)) {
    it(`whose body ${name} is given up`, async () => {
      let giveUp = () => {}
      const written = new Promise((_, reject) => (giveUp = () => reject(new Error('given up'))))
      // Where it is not, this never ends.
      const call = uploadFrom(body, undefined, { giveUp }, {}, written)
      assert.equal(await rejection(call), thrown)
      await assert.rejects(Promise.race([written, Promise.resolve()]), /given up/)
    })
  }
})
