'use strict'

// Many deletes: what is to be deleted, in batches as large as S3 takes them, and an outcome for each.

const { Aborted, Abort } = require('./abort.cjs')
const { describe, invalidType, refuseUnknown } = require('./argument-errors.cjs')
const { checkKey } = require('./arguments.cjs')
const { beforeEnd, checkWanted } = require('./control.cjs')
const { called, named } = require('./error-parts.cjs')
const { toError } = require('./failures.cjs')
const { checkedText } = require('./request-options.cjs')
const { isXmlText } = require('./text.cjs')

/** @typedef {import('../index.cjs').DeleteOutcome} DeleteOutcome */
/** @typedef {import('./error-parts.cjs').Where} Where */
/** @typedef {import('./store.cjs').Engine} Engine */
/** @typedef {import('./write-options.cjs').Delete} Delete */
/** @typedef {{ key: string, versionId?: string }} Name */
/**
 * What S3 says to a batch, as the JavaScript SDK has it.
 * @typedef {object} Deleted
 * @property {any[]} Deleted
 * @property {any[]} Errors
 */

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
const MAX_BATCH = 1000
const NAME = new Set(['key', 'versionId'])
const EXPECTED = 'an iterable or async iterable of keys, or of objects with key and versionId'

/**
 * @param {unknown} keys
 * @param {Delete} options
 * @param {Where} where
 * @param {() => Engine} engineFor the engine for a batch, or an error where none can be sent any more
 * @returns {Promise<DeleteOutcome[]>}
 */
async function deleteObjects(keys, options, where, engineFor) {
  const names = await readNames(keys, options)
  engineFor()
  const unique = new Map(names.map((name) => [idOf(name), name]))
  /** @type {Map<string, DeleteOutcome>} */
  const outcomes = new Map()
  for (const batch of batchesOf([...unique.values()])) {
    const found = await outcomesOf(batch, options, where, engineFor)
    for (const outcome of found) outcomes.set(idOf(outcome), outcome)
  }
  return names.map((name) => /** @type {DeleteOutcome} */ (outcomes.get(idOf(name))))
}

/**
 * All that is to be deleted, checked: one that is bad leaves the others where they are.
 * @param {any} keys
 * @param {Delete} options
 */
async function readNames(keys, options) {
  // A string is an iterable, too, of keys that nobody means.
  if (typeof keys !== 'object' || keys === null) throw invalidType('keys', EXPECTED, keys)
  if (typeof keys[Symbol.asyncIterator] === 'function') {
    const collected = collect(keys, options)
    return await (options.signal ? beforeEnd(collected, new Abort(options.signal)) : collected)
  }
  if (typeof keys[Symbol.iterator] !== 'function') throw invalidType('keys', EXPECTED, keys)
  return Array.from(keys, checkedName)
}

/**
 * @param {AsyncIterable<unknown>} keys
 * @param {Delete} options
 */
async function collect(keys, options) {
  /** @type {Name[]} */
  const names = []
  for await (const given of keys) {
    checkWanted(options)
    names.push(checkedName(given, names.length))
  }
  return names
}

/**
 * @param {unknown} given
 * @param {number} at
 * @returns {Name}
 */
function checkedName(given, at) {
  const argument = `keys[${at}]`
  if (typeof given === 'string') {
    checkKey(given, argument)
    return { key: given }
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidType(argument, 'a key, or an object with key and versionId', given)
  }
  refuseUnknown(argument, given, NAME)
  const { key, versionId } = /** @type {Record<string, unknown>} */ (given)
  checkKey(key, `${argument}.key`)
  return versionId === undefined ? { key } : { key, versionId: checkedText(`${argument}.versionId`, versionId) }
}

/** @param {Name} name */
function idOf({ key, versionId }) {
  return JSON.stringify([key, versionId])
}

/** @param {any[]} found */
function byId(found) {
  return new Map(found.map((one) => [idOf({ key: one.Key, versionId: one.VersionId || undefined }), one]))
}

/**
 * A key that XML can't carry goes by itself, by a request that has it in its URL.
 * @param {Name[]} names
 */
function* batchesOf(names) {
  const fit = names.filter(({ key }) => isXmlText(key))
  for (let start = 0; start < fit.length; start += MAX_BATCH) yield fit.slice(start, start + MAX_BATCH)
  for (const name of names) if (!isXmlText(name.key)) yield [name]
}

/**
 * @param {Name[]} batch
 * @param {Delete} options
 * @param {Where} where
 * @param {() => Engine} engineFor
 * @returns {Promise<DeleteOutcome[]>}
 */
async function outcomesOf(batch, options, where, engineFor) {
  try {
    const { Deleted, Errors } = await send(engineFor(), batch, options)
    const [deleted, errors] = [byId(Deleted), byId(Errors)]
    return batch.map((name) => outcomeOf(name, deleted.get(idOf(name)), errors.get(idOf(name)), where))
  } catch (failure) {
    // Who aborts waits for nothing more; whatever else happens to a batch is no reason to leave out the next.
    if (failure instanceof Aborted && options.signal?.aborted) throw failure
    const error = /** @type {Error} */ (toError(failure, where))
    return batch.map((name) => ({ ...name, deleted: false, error }))
  }
}

/**
 * @param {Engine} engine
 * @param {Name[]} batch
 * @param {Delete} options
 * @returns {Promise<Deleted>}
 */
async function send(engine, batch, options) {
  const [{ key, versionId }] = batch
  if (isXmlText(key)) return await engine.deleteObjects(batch, options)
  const { response } = await engine.delete('deleteObject', key, undefined, { ...options, versionId })
  const { DeleteMarker, VersionId } = Object(response)
  return {
    Deleted: [
      { Key: key, VersionId: versionId, DeleteMarker, DeleteMarkerVersionId: DeleteMarker ? VersionId : undefined },
    ],
    Errors: [],
  }
}

/**
 * @param {Name} name
 * @param {any} deleted
 * @param {any} failed
 * @param {Where} where
 * @returns {DeleteOutcome}
 */
function outcomeOf(name, deleted, failed, where) {
  if (deleted && !failed) {
    const { DeleteMarker, DeleteMarkerVersionId } = deleted
    return {
      ...name,
      deleted: true,
      ...(DeleteMarker && { deleteMarker: true }),
      ...(DeleteMarkerVersionId && { deleteMarkerVersionId: DeleteMarkerVersionId }),
    }
  }
  const place = { ...where, key: name.key }
  return { ...name, deleted: false, error: failed ? refusedError(failed, place) : untoldError(place) }
}

/**
 * S3's error for one of many, which has no status of its own.
 * @param {any} failed
 * @param {Where} where
 */
function refusedError({ Code = 'UnknownError', Message }, where) {
  const error = new Error(Message ?? `S3 says no more than ${Code}`)
  return Object.assign(named(error, Code), { Code }, called(where))
}

/** @param {Where} where */
function untoldError(where) {
  const error = new Error(`the answer says nothing of the key ${describe(where.key)}`)
  return Object.assign(error, { code: 'ERR_INVALID_DELETE_ANSWER' }, called(where))
}

module.exports = { deleteObjects }
