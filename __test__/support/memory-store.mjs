// The verbs that an update is made of, and nothing else.
import { createJsonWrapper } from 's3-store-native'

export const noSuchKey = () => Object.assign(new Error('The specified key does not exist.'), { name: 'NoSuchKey' })

/** An object in memory with three verbs, in front of which a test puts what is to happen at a write. */
export function memory(text, ...troubles) {
  const calls = []
  const held = { text, version: 1, writeId: undefined }
  const written = () => {
    held.version += 1
    return { etag: `"${held.version}"`, response: { writeId: held.writeId } }
  }
  const write = (body, writeId) => {
    const trouble = troubles.shift()
    if (trouble) trouble(held, body)
    Object.assign(held, { text: body, writeId })
    return written()
  }
  const store = {
    bucket: 'memory',
    async getObject(key) {
      calls.push(['getObject', key])
      if (held.text === undefined) throw noSuchKey()
      const { text, version, writeId } = held
      return { etag: `"${version}"`, response: { writeId }, asJson: async () => JSON.parse(text) }
    },
    async createObject(key, body, options) {
      calls.push(['createObject', key, body, options])
      return write(body)
    },
    async putObjectIfMatch(key, body, etag, options) {
      calls.push(['putObjectIfMatch', key, body, etag, options])
      return write(body)
    },
  }
  return { json: createJsonWrapper(store), calls, held, store }
}

/** What is to happen at a write: it fails. */
export const throwing = (error) => () => {
  throw error
}
/** What was called, without arguments. */
export const verbs = (calls) => calls.map(([verb]) => verb)

/** A counter’s next value: what the updates of tests do. */
export const add = (count) => (count ?? 0) + 1

/** Options of an update that is not to wait long. */
export const quick = { maxBackoff: 1 }
