'use strict'

// JSON.parse, with an error that says where: V8's own names the place in some cases only.

const LITERAL = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y
const SPACE = /[ \t\n\r]*/y
const HEX4 = /[0-9a-fA-F]{4}/y
// How far the place is looked for. It takes several times as long as JSON.parse, and the event loop waits for it.
const MAX_SEARCH = 2 ** 20

/**
 * @param {string} text
 * @param {{ key: string, bucket: string }} source
 * @returns {any}
 * @throws {SyntaxError} naming the key and the place
 */
function parseJson(text, { key, bucket }) {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const { position, description } = describeFault(text)
    const message = `${JSON.stringify(key)} in bucket ${bucket} is not JSON: ${description}`
    throw Object.assign(new SyntaxError(message, { cause }), { bucket, key, position })
  }
}

/**
 * @param {string} text
 * @returns {{ position?: number, description: string }}
 */
function describeFault(text) {
  const position = findFault(text)
  if (position >= MAX_SEARCH) return { description: `the fault is beyond position ${MAX_SEARCH}` }
  const before = text.slice(0, position).split('\n')
  const column = before[before.length - 1].length + 1
  const found = position < text.length ? `unexpected ${JSON.stringify(text[position])}` : 'unexpected end'
  return { position, description: `${found} at position ${position} (line ${before.length}, column ${column})` }
}

/**
 * The first place at which `text`, which is known not to be JSON, stops being the beginning of JSON (RFC 8259). A word that
 * is no literal and a bad number are faulty from their beginning on. Beyond MAX_SEARCH nothing is looked at.
 * @param {string} text
 * @returns {number}
 */
function findFault(text) {
  /** @type {string[]} the closing brackets of what is open */
  const open = []
  let expected = 'value'
  let at = skip(SPACE, text, 0)
  const end = Math.min(text.length, MAX_SEARCH)
  for (; at < end; at = skip(SPACE, text, at)) {
    const character = text[at]
    if (expected === 'comma' || (expected.endsWith('or end') && character === open.at(-1))) {
      if (character === open.at(-1)) {
        open.pop()
        expected = 'comma'
      } else if (character === ',' && open.length > 0) {
        expected = open.at(-1) === '}' ? 'name' : 'value'
      } else return at
      at += 1
    } else if (expected === 'colon') {
      if (character !== ':') return at
      expected = 'value'
      at += 1
    } else if (character === '"') {
      const string = readString(text, at)
      if (!string.whole) return string.end
      at = string.end
      expected = expected.startsWith('name') ? 'colon' : 'comma'
    } else if (expected.startsWith('name')) {
      return at
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? '}' : ']')
      expected = character === '{' ? 'name or end' : 'value or end'
      at += 1
    } else {
      const after = skip(LITERAL, text, at)
      if (after === at) return at
      at = after
      expected = 'comma'
    }
  }
  return at
}

/**
 * @param {string} text
 * @param {number} start the place of the opening quote
 * @returns {{ whole: boolean, end: number }} the place after the closing quote, or of the fault
 */
function readString(text, start) {
  let at = start + 1
  const end = Math.min(text.length, MAX_SEARCH)
  for (; at < end; at += 1) {
    const character = text[at]
    if (character === '"') return { whole: true, end: at + 1 }
    if (character < ' ') return { whole: false, end: at }
    if (character === '\\') {
      at += 1
      if (text[at] === 'u' && skip(HEX4, text, at + 1) === at + 5) at += 4
      else if (!'"\\/bfnrt'.includes(text[at] ?? ' ')) return { whole: false, end: Math.min(at, text.length) }
    }
  }
  return { whole: false, end: at }
}

/**
 * @param {RegExp} pattern a sticky one
 * @param {string} text
 * @param {number} at
 * @returns {number} the place after the match, or `at`
 */
function skip(pattern, text, at) {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

module.exports = { parseJson }
