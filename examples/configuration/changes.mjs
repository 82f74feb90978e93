// What differs between two values of JSON.

/** @typedef {{ path: string, from?: unknown, to?: unknown }} Change `path` is a JSON pointer; what was added has no `from` */

/**
 * What has to be changed in one value to make the other of it.
 * @param {unknown} from
 * @param {unknown} to
 * @param {string} [path]
 * @returns {Generator<Change>}
 */
export function* changes(from, to, path = '') {
  if (!hasParts(from) || !hasParts(to) || Array.isArray(from) !== Array.isArray(to)) {
    if (from !== to) yield { path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
    return
  }
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    yield* changes(own(from, name), own(to, name), `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const hasParts = (value) => typeof value === 'object' && value !== null

/** @param {Record<string, unknown>} value @param {string} name */
const own = (value, name) => (Object.hasOwn(value, name) ? value[name] : undefined)
