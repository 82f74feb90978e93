// A document that several people edit at once. Each saves what they have made of the version that they began from; what others have
// saved meanwhile is merged in, line by line, where the edits don't touch. Where they do, nothing is written, and a person gets both to look at.
//
// Each edit has an id, and with the text the document keeps those of the last ones. A save whose answer was lost can be made again:
// if its edit is among them, nothing is merged anew, whatever others have made of it since.
import { randomUUID } from 'node:crypto'
import { diff3Merge } from 'node-diff3'
import { AmbiguousWriteError } from 's3-store-native'

/** @typedef {import('s3-store-native').S3Store} S3Store */
/** @typedef {{ etag: string | undefined, text: string }} Version what is there; without an etag nothing is, which is an empty text */
/** @typedef {{ base: string, text: string, id?: string }} Edit a text, and that of the version which it was made of */
/** @typedef {{ text: string, edits: string[] }} Document what the object says: the text, and the ids of the edits that came last */
/** @typedef {{ mine: string[], base: string[], theirs: string[] }} Touching lines that both have changed, and what they were */
/** @typedef {string[] | Touching} Part of a merged text: lines, or what only a person can decide */

/** How many edits may come between a save whose answer was lost, and the next attempt at it. */
const EDITS_KEPT = 100

/**
 * Merges two texts that were made of one. All lines of all parts, with a line break between each two, are the text.
 * @param {{ base: string, mine: string, theirs: string }} texts
 * @returns {Part[]}
 */
export function merge({ base, mine, theirs }) {
  const [a, o, b] = [mine, base, theirs].map((text) => text.split('\n'))
  // What both have changed alike is no conflict.
  const regions = diff3Merge(/** @type {string[]} */ (a), /** @type {string[]} */ (o), /** @type {string[]} */ (b), {
    excludeFalseConflicts: true,
  })
  return regions.map(({ ok, conflict }) =>
    conflict ? { mine: conflict.a, base: conflict.o, theirs: conflict.b } : (ok ?? []),
  )
}

/** Others have saved edits that touch those that were to be saved. Nothing of it was written. */
export class TouchingEditsError extends Error {
  /** @override */
  name = 'TouchingEditsError'

  /**
   * @param {Version} current what is there, to be the base once a person has decided
   * @param {Part[]} parts
   */
  constructor(current, parts) {
    super('Others have edited the same lines: look at both.')
    this.current = current
    this.parts = parts
  }
}

export class SharedDocument {
  #store
  #key

  /** @param {S3Store} store @param {string} key */
  constructor(store, key) {
    this.#store = store
    this.#key = key
  }

  /**
   * What is there now.
   * @param {string} [known] the etag of what is known: only if it has changed
   * @returns {Promise<Version | undefined>} undefined where it hasn't
   */
  async read(known) {
    try {
      const got = await this.#store.getObject(this.#key, { ifNoneMatch: known })
      return got.notModified ? undefined : { etag: got.etag, text: (await contentOf(got)).text }
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return { etag: undefined, text: '' }
      throw error
    }
  }

  /**
   * Saves a text, merged with what others have saved. After an error that leaves it open whether it was saved, save the same again,
   * with the same id: what is in the document already isn't merged anew.
   * @param {Edit} edit with an id of its own, such as a UUID. Without one it can't be saved again
   * @returns {Promise<Version>} what is there then: the text with what others have saved
   * @throws {TouchingEditsError} where their edits touch
   */
  async save({ base, text, id = randomUUID() }) {
    let merged = text
    try {
      const { etag } = await this.#store.update(
        this.#key,
        async (got) => {
          const { text: theirs, edits } = got ? await contentOf(got) : { text: '', edits: [] }
          if (edits.includes(id)) {
            merged = theirs
            return undefined
          }
          const parts = merge({ base, mine: text, theirs })
          if (!parts.every((part) => Array.isArray(part)))
            throw new TouchingEditsError({ etag: got?.etag, text: theirs }, parts)
          merged = parts.flat().join('\n')
          return JSON.stringify({ text: merged, edits: [id, ...edits].slice(0, EDITS_KEPT) })
        },
        // An edit that is there is left alone: so an update may go on after an answer that was lost.
        { idempotent: true, contentType: 'application/json' },
      )
      return { etag, text: merged }
    } catch (error) {
      // An answer was lost, but the edit isn't there, and what it was to replace is gone: it wasn't written, and can't be any more.
      throw error instanceof AmbiguousWriteError && error.endedBy instanceof TouchingEditsError ? error.endedBy : error
    }
  }
}

/** With the text as a page shows it: with line feeds alone. @param {import('s3-store-native').GetResult} got */
async function contentOf(got) {
  const { text, edits } = /** @type {Document} */ (await got.asJson())
  return { text: text.replaceAll(/\r\n?/g, '\n'), edits }
}

/**
 * Answers a page's requests for documents: `GET /documents/<name>` (with If-None-Match), and `POST` of `{ base, text, id }`.
 * @param {S3Store} store
 * @param {string} folder what the keys begin with
 */
export function documents(store, folder) {
  /** @param {Request} request @returns {Promise<Response | undefined>} undefined where it isn't one of these */
  return async (request) => {
    const name = /^\/documents\/([\w-]{1,64})$/.exec(new URL(request.url).pathname)?.[1]
    if (name === undefined) return undefined
    const document = new SharedDocument(store, `${folder}${name}.json`)
    try {
      if (request.method === 'GET') {
        const version = await unlessKnown(document, request.headers.get('if-none-match') ?? '')
        return version ? Response.json(version) : new Response(undefined, { status: 304 })
      }
      const edit = await editOf(request)
      return edit
        ? Response.json(await document.save(edit))
        : Response.json({ error: 'That is no edit.' }, { status: 400 })
    } catch (error) {
      if (error instanceof TouchingEditsError) return Response.json(error, { status: 409 })
      // Not saved, or nobody knows: in both cases the page keeps the edit, and saves it again.
      return Response.json({ error: error instanceof Error ? error.message : String(error) }, { status: 503 })
    }
  }
}

/** @param {SharedDocument} document @param {string} header may have several etags, or `*` for any, of which S3 hears nothing */
async function unlessKnown(document, header) {
  const known = Array.from(header.matchAll(/\*|"[^"]*"/g), ([etag]) => etag)
  const version = await document.read(known.length === 1 && /^"[^*"]+"$/.test(known[0] ?? '') ? known[0] : undefined)
  const isKnown = version?.etag && (known.includes('*') || known.includes(version.etag))
  return isKnown ? undefined : version
}

/** Only JSON that says so: no other page's form can send that. @param {Request} request */
async function editOf(request) {
  if (request.method !== 'POST' || request.headers.get('content-type') !== 'application/json') return undefined
  const { base, text, id } = Object(await request.json().catch(() => undefined))
  const isEdit = [base, text, id].every((part) => typeof part === 'string') && /^[\w-]{16,64}$/.test(id)
  return isEdit ? { base, text, id } : undefined
}
