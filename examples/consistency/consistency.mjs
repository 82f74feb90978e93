// What may be relied on when an object is written here and read there: each guarantee as a function that shows it, or throws.
// Writer and reader are two stores, with connections of their own: nothing is seen because it was kept on the way.
import assert from 'node:assert/strict'
import { AmbiguousWriteError, ConcurrentWriteConflictError, KeyExistsError, StaleDataError } from 's3-store-native'

/** @typedef {import('s3-store-native').S3Store} S3Store */
/**
 * @typedef {object} Place
 * @property {S3Store} writer
 * @property {S3Store} reader
 * @property {string} key of its own, at which there is nothing
 * @property {boolean} [lossy] whether answers get lost on the way: a refusal may be in doubt then
 */
/** @typedef {{ guarantee: string, seen: string }} Shown */

/** @type {Record<string, (place: Place) => Promise<string>>} what is guaranteed, and how it shows */
export const guarantees = {
  async 'a new object is read, listed and found at once'({ writer, reader, key }) {
    // To have been looked for in vain makes no difference: an absence isn't remembered.
    assert.equal(await reader.exists(key), false)
    assert.deepEqual(await keysBelow(reader, key), [])
    const { etag } = await writer.createObject(key, 'first')
    const got = await reader.getObject(key)
    assert.deepEqual([await got.asString(), got.etag], ['first', etag])
    assert.equal((await reader.headObject(key)).etag, etag)
    assert.deepEqual(await keysBelow(reader, key), [`${key} ${etag}`])
    return `created ${etag}; get, head and list say the same`
  },

  async 'an overwrite is read, listed and found at once, and what it replaced never again'({ writer, reader, key }) {
    let { etag } = await writer.createObject(key, 'edition 0')
    const editions = 10
    for (let edition = 1; edition <= editions; edition += 1) {
      etag = (await writer.putObjectIfMatch(key, `edition ${edition}`, etag)).etag
      const [got, head, listed] = await Promise.all([
        reader.getObject(key),
        reader.headObject(key),
        keysBelow(reader, key),
      ])
      assert.equal(await got.asString(), `edition ${edition}`)
      assert.deepEqual([got.etag, head.etag, listed], [etag, etag, [`${key} ${etag}`]])
    }
    return `${editions} overwrites, each seen by the reads that followed it`
  },

  async 'a delete is seen at once, and so is what is created in its place'({ writer, reader, key }) {
    await writer.createObject(key, 'first')
    assert.equal(await (await reader.getObject(key)).asString(), 'first')
    await writer.deleteObject(key)
    await assert.rejects(reader.getObject(key), { name: 'NoSuchKey' })
    assert.equal(await reader.exists(key), false)
    assert.deepEqual(await keysBelow(reader, key), [])
    await writer.createObject(key, 'second')
    assert.equal(await (await reader.getObject(key)).asString(), 'second')
    return 'NoSuchKey, and no entry in the listing; then the new object'
  },

  async 'a change is told by the etag, without reading what has not changed'({ writer, reader, key }) {
    const { etag } = await writer.createObject(key, 'first')
    assert.equal((await reader.getObject(key, { ifNoneMatch: etag })).notModified, true)
    await writer.putObjectIfMatch(key, 'second', etag)
    const changed = await reader.getObject(key, { ifNoneMatch: etag })
    assert.ok(!changed.notModified)
    assert.equal(await changed.asString(), 'second')
    // The other way round: nothing but what is known.
    await assert.rejects(reader.getObjectIfMatch(key, etag), StaleDataError)
    return `304 while it was ${etag}, then the new object`
  },

  async 'a write finds what it expects, or changes nothing'({ writer, reader, key, lossy }) {
    const created = await writer.createObject(key, 'first')
    await assert.rejects(reader.createObject(key, 'also first'), isRefusal(lossy, KeyExistsError))
    const updated = await reader.putObjectIfMatch(key, 'second', created.etag)
    await assert.rejects(writer.putObjectIfMatch(key, 'also second', created.etag), isRefusal(lossy, StaleDataError))
    const got = await writer.getObject(key)
    assert.deepEqual([await got.asString(), got.etag], ['second', updated.etag])
    return 'a second create was refused, and an update of what was no longer there'
  },

  async 'of many writers with one etag one wins'({ writer, reader, key, lossy }) {
    const { etag } = await writer.createObject(key, 'start')
    const writers = Array.from({ length: 8 }, (_, number) => `writer ${number}`)
    const outcomes = await Promise.allSettled(
      writers.map((name, number) => (number % 2 ? reader : writer).putObjectIfMatch(key, name, etag)),
    )
    const winners = writers.filter((_, number) => outcomes[number]?.status === 'fulfilled')
    assert.equal(winners.length, 1)
    // A 409 says, as a 412 does, that nothing was written.
    const refused = isRefusal(lossy, StaleDataError, ConcurrentWriteConflictError)
    for (const outcome of outcomes) assert.ok(outcome.status === 'fulfilled' || refused(outcome.reason))
    assert.equal(await (await reader.getObject(key)).asString(), winners[0])
    return `${winners[0]} of ${writers.length}`
  },
}

/** @type {typeof guarantees} what a bucket that keeps versions guarantees beyond that */
export const guaranteesOfVersions = {
  async 'every version stays, the newest first, and can be read by its id'({ writer, reader, key }) {
    const first = await writer.createObject(key, 'first')
    const second = await writer.putObjectIfMatch(key, 'second', first.etag)
    await writer.deleteObject(key)
    const all = []
    for await (const version of reader.listVersions(key).versions()) all.push(version)
    assert.equal(all[0]?.IsDeleteMarker, true)
    // More than one marker where an answer was lost, and the delete repeated.
    const versions = all.filter(({ IsDeleteMarker }) => !IsDeleteMarker)
    assert.deepEqual(
      versions.map(({ ETag }) => ETag),
      [second.etag, first.etag],
    )
    const texts = versions.map(async ({ VersionId: versionId }) =>
      (await reader.getObject(key, { versionId })).asString(),
    )
    assert.deepEqual(await Promise.all(texts), ['second', 'first'])
    return 'a delete marker, the second and the first; both can be read still'
  },
}

/**
 * Shows the guarantees, one after the other, each on a key of its own.
 * @param {Record<string, (place: Place) => Promise<string>>} some
 * @param {Omit<Place, 'key'> & { folder: string }} where
 * @returns {AsyncGenerator<Shown>}
 * @throws {assert.AssertionError} where one doesn't hold
 */
export async function* show(some, { folder, ...where }) {
  for (const [guarantee, look] of Object.entries(some)) {
    const key = `${folder}${guarantee.replaceAll(/\W+/g, '-')}`
    yield { guarantee, seen: await look({ ...where, key }) }
  }
}

/**
 * How it is done where writes have no conditions: read, change, write over whatever is there by then. Two who do so at once
 * both read the same, and what the first has written is lost.
 * @param {S3Store} store
 * @param {string} key of an object that is there
 * @param {(text: string) => Promise<string | undefined>} change
 */
export async function updateNaively(store, key, change) {
  const changed = await change(await (await store.getObject(key)).asString())
  if (changed === undefined) return
  for (;;) {
    // The mistake: the etag is that of whatever is there now, not of what was read.
    const { etag } = await store.headObject(key)
    try {
      await store.putObjectIfMatch(key, changed, etag)
      return
    } catch (error) {
      if (!(error instanceof StaleDataError)) throw error
    }
  }
}

/**
 * The same with the condition. `change` tells by what it gets whether it was applied already, and then gives nothing: so the
 * update can go on where an answer was lost.
 * @param {S3Store} store
 * @param {string} key of an object that is there
 * @param {(text: string) => Promise<string | undefined>} change
 */
export async function update(store, key, change) {
  await store.update(key, async (current) => change(current ? await current.asString() : ''), { idempotent: true })
}

/**
 * Has people sign a guest book, all at once.
 * @param {typeof update | typeof updateNaively} way
 * @param {{ store: S3Store, key: string, people: string[] }} book
 * @returns {Promise<string[]>} whose names are in it in the end
 */
export async function sign(way, { store, key, people }) {
  await store.createObject(key, '', 'text/plain')
  /** @type {(() => void)[]} */
  const waiting = []
  // Nobody writes before everybody has read: what chance does at worst.
  const everybodyHasRead = () =>
    /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        waiting.push(resolve)
        if (waiting.length >= people.length) for (const go of waiting) go()
      })
    )
  await Promise.all(
    people.map((name) =>
      way(store, key, async (text) => {
        await everybodyHasRead()
        return text.includes(`${name}\n`) ? undefined : `${text}${name}\n`
      }),
    ),
  )
  return (await (await store.getObject(key)).asString()).trimEnd().split('\n')
}

/** @param {S3Store} store @param {string} prefix */
async function keysBelow(store, prefix) {
  const found = []
  for await (const { Key, ETag } of store.list(prefix).objects()) found.push(`${Key} ${ETag}`)
  return found
}

/**
 * What says that a write was refused. Where the answer was lost the error may only say that; whether it was is seen by what is there.
 * @param {boolean | undefined} lossy
 * @param {(typeof KeyExistsError | typeof StaleDataError | typeof ConcurrentWriteConflictError)[]} conflicts
 * @returns {(error: unknown) => boolean}
 */
function isRefusal(lossy, ...conflicts) {
  return (error) => [...conflicts, ...(lossy ? [AmbiguousWriteError] : [])].some((one) => error instanceof one)
}
