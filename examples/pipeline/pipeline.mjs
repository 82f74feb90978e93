// Stages that hand on what they have made, all of it or nothing: a stage writes parts under keys that nobody knows, then commits a
// manifest that names them, with their digests, where there is none yet. Only what a manifest names is ever read.
import { createHash, randomUUID } from 'node:crypto'
import { IntegrityError, NotCommittedError, SweptError } from './errors.mjs'

/** @typedef {import('s3-store-native').S3Store} S3Store */
/** @typedef {import('s3-store-native').GetResult} GetResult */
/** @typedef {string | Uint8Array | AsyncIterable<string | Uint8Array>} Content */
/** @typedef {{ name: string, key: string, size: number, sha256: string }} Part */
/** @typedef {{ stage: string, run: string, attempt: string, inputs: { stage: string, run: string, sha256: string }[], parts: Part[] }} Manifest */
/** @typedef {{ write(name: string, content: Content): Promise<void>, inputs: Output[] }} Work */

export class Pipeline {
  #store
  #prefix

  /** @param {S3Store} store @param {string} [prefix] of all keys */
  constructor(store, prefix = 'pipeline/') {
    this.#store = store
    this.#prefix = prefix
  }

  /**
   * Runs a stage, unless it has committed before. Of several that run it at once, one commits, and all get that.
   * @param {string} stage
   * @param {string} run what tells this run of the pipeline from others: a date, say
   * @param {(work: Work) => Promise<void>} work writes the parts
   * @param {{ inputs?: string[] }} [options] the stages of this run that it builds on: they must have committed
   * @returns {Promise<Output>}
   * @throws {NotCommittedError} for an input
   * @throws {IntegrityError} for a manifest
   * @throws {SweptError}
   * @throws {import('s3-store-native').AmbiguousWriteError} if it can't be known whether it has committed: run it again
   */
  async run(stage, run, work, { inputs: names = [] } = {}) {
    const key = this.#manifestKey(stage, run)
    const there = await this.#manifest(key)
    if (there?.manifest.parts) return new Output(this.#store, there.manifest, there.sha256)
    const inputs = await Promise.all(names.map((name) => this.open(name, run)))

    /** @type {Manifest} */
    const manifest = { stage, run, attempt: randomUUID(), parts: [], inputs: inputs.map((input) => input.source) }
    const folder = `${this.#prefix}parts/${pathOf(stage, run, manifest.attempt)}/`
    const write = async (/** @type {string} */ name, /** @type {Content} */ content) => {
      const part = { name, key: folder + encodeURIComponent(name), size: 0, sha256: '' }
      const sum = summed(content, part)
      await this.#store.createObject(part.key, sum, { contentType: 'application/octet-stream' })
      manifest.parts.push(part)
    }
    await work({ write, inputs })

    const text = JSON.stringify(manifest)
    const committed = await this.#put(key, text, (now) => {
      // A sweeper that was here meanwhile has deleted parts of this.
      if (now?.swept !== there?.manifest.swept) throw new SweptError(stage, run)
    })
    return new Output(this.#store, JSON.parse(committed), digestOf(committed))
  }

  /**
   * What a stage has made.
   * @param {string} stage
   * @param {string} run
   * @throws {NotCommittedError}
   * @throws {IntegrityError} for the manifest itself
   */
  async open(stage, run) {
    const there = await this.#manifest(this.#manifestKey(stage, run))
    if (!there?.manifest.parts) throw new NotCommittedError(stage, run)
    return new Output(this.#store, there.manifest, there.sha256)
  }

  /**
   * Deletes the parts that no manifest names, of attempts that have written nothing for some time. One that is still running, all the
   * same, can't commit any more.
   * @param {{ olderThan: number }} options in ms, by the clocks of S3 and of this machine
   * @returns {Promise<{ deleted: string[], problems: IntegrityError[] }>} the keys that were deleted; the manifests that aren't what was
   * committed: of what they might name nothing was deleted
   */
  async sweep({ olderThan }) {
    const until = Date.now() - olderThan
    const parts = `${this.#prefix}parts/`
    /** @type {Map<string, { keys: string[], newest: number }>} by the path of the attempt: stage, run and its id */
    const attempts = new Map()
    for await (const { Key = '', LastModified } of this.#store.list(parts).objects()) {
      const path = Key.slice(parts.length, Key.lastIndexOf('/'))
      const attempt = attempts.get(path) ?? { keys: [], newest: 0 }
      attempt.keys.push(Key)
      attempt.newest = Math.max(attempt.newest, LastModified?.getTime() ?? Infinity)
      attempts.set(path, attempt)
    }
    const deleted = []
    /** @type {Map<string, IntegrityError>} */
    const problems = new Map()
    for (const [path, { keys, newest }] of attempts) {
      const [stage, run, attempt, ...more] = path.split('/')
      // What doesn't lie where a part does is none of ours.
      if (newest > until || !attempt || more.length > 0) continue
      const key = `${this.#prefix}manifests/${stage}/${run}`
      // First it is made sure that the attempt has committed, or never will; by a mark where the manifest would be.
      const there = await this.#put(key, JSON.stringify({ swept: randomUUID() })).catch((error) => {
        if (!(error instanceof IntegrityError)) throw error
        problems.set(key, error)
      })
      if (!there || JSON.parse(there).attempt === attempt) continue
      for (const outcome of await this.#store.deleteObjects(keys)) if (!outcome.deleted) throw outcome.error
      deleted.push(...keys)
    }
    return { deleted, problems: [...problems.values()] }
  }

  /**
   * Puts something where there is no manifest yet.
   * @param {string} key
   * @param {string} text
   * @param {(now: any) => void} [check] looks at what is there
   * @returns {Promise<string>} what is there now
   */
  async #put(key, text, check = () => {}) {
    let there = text
    // It goes on where an answer is lost: what it finds there then may be its own.
    await this.#store.update(
      key,
      async (current) => {
        there = current ? await textOf(key, current) : text
        const now = current && JSON.parse(there)
        if (now?.parts) return undefined
        check(now)
        return (there = text)
      },
      { idempotent: true, metadata: { sha256: digestOf(text) } },
    )
    return there
  }

  /** @param {string} key */
  async #manifest(key) {
    try {
      const text = await textOf(key, await this.#store.getObject(key))
      return { manifest: JSON.parse(text), sha256: digestOf(text) }
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return undefined
      throw error
    }
  }

  /** @param {string} stage @param {string} run */
  #manifestKey(stage, run) {
    return `${this.#prefix}manifests/${pathOf(stage, run)}`
  }
}

/** What a stage has committed. */
export class Output {
  #store

  /** @param {S3Store} store @param {Manifest} manifest @param {string} sha256 */
  constructor(store, manifest, sha256) {
    this.#store = store
    this.manifest = manifest
    this.source = { stage: manifest.stage, run: manifest.run, sha256 }
  }

  /** The names of the parts. */
  get names() {
    return this.manifest.parts.map(({ name }) => name)
  }

  /**
   * Reads a part, and makes sure that it is what was committed.
   * @param {string} name
   * @returns {Promise<Buffer>}
   * @throws {IntegrityError} that names the part, and where it is
   */
  async read(name) {
    const part = this.manifest.parts.find((part) => part.name === name)
    if (!part) throw new RangeError(`${this.source.stage} of ${this.source.run} has no part ${name}`)
    const { key, size, sha256 } = part
    const got = await this.#store.getObject(key).catch((error) => {
      throw error.name === 'NoSuchKey' ? new IntegrityError(name, key, 'is gone') : error
    })
    const bytes = Buffer.from(await got.asByteArray())
    if (bytes.length !== size) throw new IntegrityError(name, key, `has ${bytes.length} bytes, not ${size}`)
    if (digestOf(bytes) !== sha256) throw new IntegrityError(name, key, 'has another digest')
    return bytes
  }
}

/** Passes content on, and adds it up. @param {Content} content @param {Part} part */
async function* summed(content, part) {
  const hash = createHash('sha256')
  for await (const piece of typeof content === 'string' || content instanceof Uint8Array ? [content] : content) {
    const bytes = Buffer.from(piece)
    hash.update(bytes)
    part.size += bytes.length
    yield bytes
  }
  part.sha256 = hash.digest('hex')
}

/** A manifest, or a mark, if it is what was written. @param {string} key @param {GetResult} got */
async function textOf(key, got) {
  const text = await got.asString()
  if (digestOf(text) === got.response.Metadata?.sha256) return text
  throw new IntegrityError('the manifest', key, 'has another digest')
}

const digestOf = (/** @type {string | Uint8Array} */ data) => createHash('sha256').update(data).digest('hex')
const pathOf = (/** @type {string[]} */ ...names) => names.map(encodeURIComponent).join('/')
