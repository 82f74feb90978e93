// The oracle: holds what a store said of a write against the server's own log of what it applied.
import { createHash } from 'node:crypto'

/**
 * An entry of the development server's log.
 * @typedef {object} Entry
 * @property {number} seq
 * @property {string} operation
 * @property {string | null} writeId
 * @property {string | null} etag
 * @property {string | null} replaced
 * @property {string | null} versionId
 * @property {{ ifMatch?: string, ifNoneMatch?: string } | null} condition
 */

/**
 * A call that has ended.
 * @typedef {object} Call
 * @property {Set<string>} etags of the bodies that it may have written; of a delete, the one that it was to delete
 * @property {boolean} isDelete
 * @property {boolean} [isIdempotent]
 * @property {any} [result] what it resolved to
 * @property {any} [error] what it rejected with
 * @property {Entry[]} log of its key, when everything that was held has been applied
 * @property {number} [ended] how much of the log there was when the call ended
 * @property {boolean} [isReadable] whether the read-back got through, and nobody else came between it and the end
 */

/** The tag of a body, as S3 makes it. @param {string | Buffer} body */
export const etagOf = (body) => `"${createHash('md5').update(body).digest('hex')}"`

/** The entries of the log that a call made. Another's have no condition here, or other bodies. @param {Call} call */
export function entriesOf({ log, etags, isDelete }) {
  return log.filter((entry) =>
    isDelete
      ? entry.operation === 'DeleteObject' && etags.has(entry.condition?.ifMatch)
      : entry.condition && etags.has(entry.etag),
  )
}

/**
 * What is false of what a store said of a call: nothing, if it told the truth.
 * @param {Call} call
 * @returns {string[]}
 */
export function complaints(call) {
  const applied = entriesOf(call)
  const said = call.error ? ofError(call, applied) : ofSuccess(call, applied)
  return [...ofServer(applied), ...ofRepeats(call, applied), ...said, ...ofReadBack(call, applied)]
}

/** Each was right to be applied: its condition was sent, and it held. */
function* ofServer(applied) {
  for (const { condition, replaced, seq } of applied) {
    const holds = condition.ifMatch ? condition.ifMatch === replaced : condition.ifNoneMatch === '*' && !replaced
    if (!holds) yield `entry ${seq} was applied though its condition did not hold`
  }
}

/** A repeat applies only where another writer made its condition hold again; and one call is one write. */
function* ofRepeats({ log, isIdempotent }, applied) {
  const last = new Map()
  for (const { seq, writeId } of applied) {
    const since = last.get(writeId)
    last.set(writeId, seq)
    const between = log.some((entry) => entry.seq > since && entry.seq < seq && !applied.includes(entry))
    if (since && !between) yield `${writeId ?? 'the delete'} was applied twice, and nobody came between`
  }
  if (last.size > 1 && !isIdempotent) yield `writes with ${last.size} ids were applied for one call`
}

function* ofSuccess({ result, log, isDelete }, applied) {
  const { etag, changed, response } = result
  if (isDelete) {
    const deleted = response.recovered ? log.some((entry) => entry.operation === 'DeleteObject') : applied.length > 0
    if (!deleted) yield 'success, but nothing was deleted'
    return
  }
  if (changed === false) {
    if (applied.length > 0) yield 'said to be unchanged, but it was written'
    return
  }
  const own = applied.filter(({ writeId }) => writeId && writeId === response.writeId)
  if (own.length === 0) yield 'success, but the write was never applied'
  else if (!own.some((entry) => entry.etag === etag && response.ETag === etag))
    yield `the etag ${etag} is not the log’s`
  else if (!own.some((entry) => (entry.versionId ?? undefined) === response.VersionId)) {
    yield `the version ${response.VersionId} is not the log’s`
  }
}

function* ofError({ error, isDelete, isIdempotent }, applied) {
  if (error.name !== 'AmbiguousWriteError') {
    if (applied.length > 0) yield `${error.name}, but it was applied`
    return
  }
  // An idempotent update goes on after an ambiguous write, and names the last.
  if (!isDelete && !isIdempotent && applied.some(({ writeId }) => writeId !== error.writeId)) {
    yield `the id ${error.writeId} is not that of what was applied`
  }
}

/** A read-back that gets through finds what landed before it, unless another's write hides it. */
function* ofReadBack({ error, log, ended, isReadable, isDelete, isIdempotent }, applied) {
  if (!isReadable || error?.name !== 'AmbiguousWriteError') return
  const then = log.filter(({ seq }) => seq <= ended)
  const landed = applied.filter(({ seq }) => seq <= ended)
  if (landed.length === 0) return
  const current = then.at(-1)
  const isAlone = log.every((entry) => applied.includes(entry) || entry.seq < landed[0].seq)
  if (isDelete) {
    if (isAlone && !error.gone) yield 'deleted, and nobody was told that it is gone'
    if (isIdempotent && !current.etag) yield 'gone, and yet no success of an idempotent delete'
  } else if (landed.includes(current)) yield 'ambiguous, though it could be seen to be there'
  else if (landed.some(({ versionId }) => versionId)) yield 'ambiguous, though it could be found among the versions'
}
