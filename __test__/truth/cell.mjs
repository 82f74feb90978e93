// One cell of the matrix, run: a call, faults that meet it, and another writer who comes at a definite point.
import { waitFor } from '../support/wait.mjs'
import { isCreate, moments } from './cells.mjs'
import { inParts } from './in-parts.mjs'
import { complaints, etagOf } from './oracle.mjs'

const calls = {
  createObject: (store, key, body, etag, options) => store.createObject(key, body, options),
  putObjectIfMatch: (store, key, body, etag, options) => store.putObjectIfMatch(key, body, etag, options),
  deleteObjectIfMatch: (store, key, body, etag) => store.deleteObjectIfMatch(key, etag),
  'idempotent deleteObjectIfMatch': (store, key, body, etag) =>
    store.deleteObjectIfMatch(key, etag, { idempotent: true }),
  update: (store, key, body) => store.update(key, () => body),
  'copyObject that creates': (store, key) => store.copyObject(sourceOf(key), key, { ifNoneMatch: '*' }),
  'copyObject that overwrites': (store, key, body, etag) => store.copyObject(sourceOf(key), key, { ifMatch: etag }),
}

const sourceOf = (key) => `source of ${key}`

/** The request that makes the change. */
function operationOf({ operation, isInParts }) {
  if (operation.endsWith('deleteObjectIfMatch')) return 'DeleteObject'
  if (operation.startsWith('copyObject')) return 'CopyObject'
  return isInParts ? 'CompleteMultipartUpload' : 'PutObject'
}

/** What is done to a key, and with which bodies. */
class Scene {
  constructor({ cell, key, server, bucket }) {
    this.cell = cell
    this.key = key
    this.server = server
    this.bucket = bucket
    this.isDelete = cell.operation.endsWith('deleteObjectIfMatch')
    this.isCopy = cell.operation.startsWith('copyObject')
    this.was = `${key}, as it was`
    this.ours = `${key}, ours`
    this.written = cell.isInParts ? inParts(this.ours) : { body: this.ours, etag: etagOf(this.ours) }
  }

  async prepare() {
    if (!isCreate(this.cell)) this.etag = await this.bucket.write(this.key, this.was)
    if (this.isCopy) await this.bucket.write(sourceOf(this.key), this.ours)
  }

  /** A rule for the requests of the call itself. Nobody else's have a condition. */
  rule(action, more) {
    const header = isCreate(this.cell) ? 'if-none-match' : 'if-match'
    const operation = operationOf(this.cell)
    return { match: { key: this.key, operation, headers: { [header]: true }, ...more }, action }
  }

  /** A rule for what the call reads back. */
  readBack(action) {
    return { match: { key: this.key, operation: 'HeadObject' }, action }
  }

  /** What the other writer does. */
  async interfere() {
    const { key, cell, bucket } = this
    if (cell.other === 'another deletes') await bucket.delete(key)
    if (cell.other === 'another overwrites') await bucket.write(key, `${key}, theirs`)
    if (cell.other === 'another restores what was there') await bucket.write(key, this.was)
    if (cell.other === 'another writes identical bytes') await bucket.write(key, this.isDelete ? this.was : this.ours)
  }
}

/**
 * Runs a cell.
 * @returns {Promise<string[]>} what is false of what the store said, or of the cell itself
 */
export async function runCell({ cell, action, key, server, bucket, store }) {
  const scene = new Scene({ cell, key, server, bucket })
  await scene.prepare()
  // Before the fault: a request that is kept back for the other writer meets it afterwards.
  const gate = await addGate(scene)
  const fault =
    action && (await server.add(scene.rule(action, cell.attempts === 'every attempt' ? {} : { attempt: 1 })))
  const blind = cell.isBlind && (await server.add(scene.readBack({ what: 'drop', when: 'before' })))

  let isOver = false
  const { body, options } = scene.written
  const call = calls[cell.operation](store, key, body, scene.etag, options).then(
    (result) => ({ result }),
    (error) => ({ error }),
  )
  const outcome = call.finally(() => (isOver = true))
  if (gate) {
    const [waiting] = await waitFor(async () => {
      const held = await server.heldBy(gate)
      return held.length > 0 || isOver ? held : undefined
    }, `the other writer’s turn in ${key}`)
    if (!waiting) return [`the call ended before the other writer’s turn, with ${JSON.stringify(await outcome)}`]
    await scene.interfere()
    await server.release({ id: waiting.id })
  }
  const { result, error } = await outcome
  const ended = (await server.log(bucket.name, key)).at(-1)?.seq ?? 0
  if (cell.when === moments.ended) await scene.interfere()
  await server.release({ key })

  const log = await server.log(bucket.name, key)
  const found = complaints({
    ...{ isDelete: scene.isDelete, isIdempotent: cell.operation.startsWith('idempotent'), result, error, log, ended },
    etags: new Set([scene.isDelete ? scene.etag : scene.written.etag]),
    isReadable: !cell.isBlind,
  })
  if (cell.fault === 'not harmed' && error?.name === 'AmbiguousWriteError') found.push('ambiguous without a fault')
  const rules = [fault, blind].filter(Boolean)
  const least = cell.attempts === 'every attempt' ? 2 : 1
  if ((await server.acted(...rules)).some((times) => times < least)) found.push('a fault did not act')
  for (const rule of [gate, ...rules]) if (rule) await server.remove(rule)
  if (error?.writeId) found.push(...ofResolution(await store.resolveWrite(key, error.writeId), error, log))
  return found.map((complaint) => `${complaint} (${shown({ result, error })}; ${JSON.stringify(log)})`)
}

/** Keeps back the request before which the other writer comes, and gives the rule that does. */
async function addGate(scene) {
  const wait = { what: 'hold' }
  const rules = {
    [moments.first]: () => scene.rule(wait, { attempt: 1 }),
    [moments.between]: () => scene.rule(wait, { attempt: 2 }),
    [moments.readBack]: () => scene.readBack(wait),
  }
  const rule = rules[scene.cell.when]
  return rule && (await scene.server.add({ ...rule(), times: 1 }))
}

/** What `resolveWrite` says is held against the log as well. */
function* ofResolution({ status, etag }, { writeId }, log) {
  const own = log.filter((entry) => entry.writeId === writeId)
  if (status === 'landed' && !own.some((entry) => entry.etag === etag)) yield 'resolved as landed, but never applied'
  const isVisible = own.some((entry) => entry.versionId) || (own.length > 0 && own.includes(log.at(-1)))
  if (status !== 'landed' && isVisible) yield `resolved as ${status}, though it landed`
}

const shown = ({ result, error }) =>
  error ? `${error.name}: ${error.message}` : `success, ${JSON.stringify({ ...result, response: result.response })}`
