// Bodies that name the write they are from, over and over, so that a mixture of two would show.

/** @param {string} write @param {number} size at least this many bytes */
export function bodyOf(write, size) {
  const name = `<${write}>`
  return name.repeat(Math.ceil(size / name.length))
}

/** The value of a counter. @param {string} write @param {number} count */
export function counterOf(write, count) {
  return { count, write: `<${write}>` }
}

/**
 * Which write a body is from.
 * @param {string} text
 * @returns {{ write: string, count?: number } | undefined} nothing for what no write can have left behind
 */
export function writerOf(text) {
  const write = nameIn(text)
  if (write === undefined) return undefined
  if (text.startsWith('{')) return { write, count: JSON.parse(text).count }
  const name = `<${write}>`
  return name.repeat(text.length / name.length) === text ? { write } : undefined
}

/** The first name of a write in a piece of a body. @param {string} text */
export function nameIn(text) {
  return /<([\w./-]+)>/.exec(text)?.[1]
}
