// The place that a SyntaxError names.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import jsonText from '../../lib/json-text.cjs'

const source = { bucket: 'bucket', key: 'key' }

function faultOf(text) {
  try {
    jsonText.parseJson(text, source)
  } catch (error) {
    return error
  }
  return assert.fail(`${text} is JSON`)
}

/** Text: the place of its first fault. */
const faults = {
  '': 0,
  '   ': 3,
  hello: 0,
  '{"a": 1, oops}': 9,
  '{"a": 1,}': 8,
  '{,}': 1,
  '{"a" 1}': 5,
  '{"a":}': 5,
  '{"a":1 "b":2}': 7,
  '{"a":1': 6,
  '{1:2}': 1,
  '[1,]': 3,
  '[1 2]': 3,
  '[1}': 2,
  '[': 1,
  ']': 0,
  '1 2': 2,
  '1,2': 1,
  '{}{}': 2,
  truth: 0,
  '[nul]': 1,
  '01': 0,
  '[1.]': 1,
  '-': 0,
  '+1': 0,
  '"open': 5,
  '"a\nb"': 2,
  '"a\\x"': 3,
  '"\\u12g4"': 2,
  '"\\': 2,
  "'a'": 0,
  '\ufeff1': 0,
  '{"a": [1, {"b": "c" }, 2], "d": .5}': 32,
}

describe('what is not JSON', () => {
  for (const [text, position] of Object.entries(faults)) {
    it(`${JSON.stringify(text)} has its fault at ${position}`, () => {
      const error = faultOf(text)
      assert.ok(error instanceof SyntaxError)
      assert.equal(error.position, position)
      assert.deepEqual({ bucket: error.bucket, key: error.key }, source)
      assert.match(error.message, new RegExp(`"key" in bucket bucket is not JSON: .* at position ${position} `))
      assert.ok(error.cause instanceof SyntaxError)
    })
  }

  it('is told by line and column, too', () => {
    assert.match(faultOf('{\n  "a": 1,\n  oops\n}').message, /unexpected "o" at position 14 \(line 3, column 3\)/)
    assert.match(faultOf('[1,').message, /unexpected end at position 3 \(line 1, column 4\)/)
  })

  it('may be deep or long', () => {
    assert.equal(faultOf('['.repeat(100_000)).position, 100_000)
    assert.equal(faultOf(`"${'a'.repeat(1_000_000)}`).position, 1_000_001)
  })

  it('is not looked for without end', () => {
    for (const text of [`[${'12,'.repeat(400_000)}`, `"${'a'.repeat(1_100_000)}`, `[1,${' '.repeat(1_100_000)}`]) {
      const error = faultOf(text)
      assert.equal(error.position, undefined)
      assert.match(error.message, /"key" in bucket bucket is not JSON: the fault is beyond position 1048576/)
      assert.ok(error.cause instanceof SyntaxError)
    }
    assert.equal(faultOf(`[1, oops${'12,'.repeat(400_000)}`).position, 4)
  })

  // V8 says where in some of its messages. Where it does, it is the same place or inside the word that is at fault.
  it('is faulty where V8 says', () => {
    const whole = '{"list":[1,-2.5e3,true,null,"text \\u00e9 \\n"],"object":{"empty":{},"none":[]},"last":false}'
    let compared = 0
    for (let at = 0; at < whole.length; at += 1) {
      for (const wrong of ['', ',', '}', ']', '"', ':', '\u0001', 'x']) {
        const text = whole.slice(0, at) + wrong + whole.slice(at + 1)
        const [, position] = /position (\d+)/.exec(messageOf(text)) ?? []
        if (position === undefined) continue
        compared += 1
        const found = faultOf(text).position
        const word = text.slice(found, Number(position))
        assert.match(word, /^[\w.+-]*$|^u?[0-9a-f]*$/, `${text}: ${found}, V8 has ${position}`)
      }
    }
    assert.ok(compared > 100, `${compared}`)
  })
})

function messageOf(text) {
  try {
    JSON.parse(text)
    return ''
  } catch (error) {
    return error.message
  }
}

it('JSON is parsed as JSON.parse does', () => {
  for (const value of [null, 0, 'text', [1, [2]], { a: { b: [] } }]) {
    assert.deepEqual(jsonText.parseJson(JSON.stringify(value), source), value)
  }
})
