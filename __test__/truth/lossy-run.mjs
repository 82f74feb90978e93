// Creates and updates through a connection that loses answers, each held against what the server holds afterwards.
import { inParallel } from '../support/parallel.mjs'

const concurrency = 64
const conflicts = ['KeyExistsError', 'StaleDataError', 'ConcurrentWriteConflictError', 'NoSuchKey']

/** What a store said of a write, and what is true. */
export const verdicts = {
  success: 'success',
  falseSuccess: 'false success',
  falseConflict: 'false conflict',
  falseFailure: 'failure, but it landed',
  failure: 'failure, and it did not land',
  foretold: 'ambiguous, though a read-back got through',
  hidden: 'ambiguous, landed',
  lost: 'ambiguous, did not land',
}

/**
 * Makes as many creates and as many updates, each of a key of its own: nobody else writes there.
 * @param {object} run
 * @param {any} run.store through the proxy
 * @param {import('../support/bucket.mjs').TestBucket} run.bucket looks at the server directly
 * @param {{ answered(method: string, path: string): boolean }} run.proxy
 * @param {number} run.count
 * @param {string} run.prefix of the keys
 * @returns {Promise<{ creates: Record<string, number>, updates: Record<string, number>, ms: number }>}
 */
export async function runLossy({ store, bucket, proxy, count, prefix }) {
  const numbers = Array.from({ length: count }, (_, number) => number)
  const updated = await inParallel(concurrency, numbers, async (number) => {
    const key = `${prefix}-update-${number}`
    return { key, body: `${key}, after`, etag: await bucket.write(key, `${key}, before`) }
  })
  const created = numbers.map((number) => ({ key: `${prefix}-create-${number}`, body: `${prefix}, ${number}` }))

  const began = performance.now()
  const outcomes = await inParallel(concurrency, [...created, ...updated], async ({ key, body, etag }) => {
    const write = etag ? store.putObjectIfMatch(key, body, etag) : store.createObject(key, body)
    return write.then(
      () => undefined,
      (error) => error,
    )
  })
  const ms = performance.now() - began
  const found = await inParallel(concurrency, [...created, ...updated], async ({ key, body }, index) => {
    const isReadBack = proxy.answered('HEAD', `/${bucket.name}/${key}`)
    return judge(outcomes[index], (await bucket.text(key)) === body, isReadBack)
  })
  return { creates: countOf(found.slice(0, count)), updates: countOf(found.slice(count)), ms }
}

function judge(error, landed, isReadBack) {
  if (!error) return landed ? verdicts.success : verdicts.falseSuccess
  if (error.name === 'AmbiguousWriteError') {
    if (!landed) return verdicts.lost
    return isReadBack ? verdicts.foretold : verdicts.hidden
  }
  // Nobody else writes: a conflict is false whether it landed or not.
  if (conflicts.includes(error.name)) return verdicts.falseConflict
  return landed ? verdicts.falseFailure : verdicts.failure
}

function countOf(found) {
  const counts = Object.fromEntries(Object.values(verdicts).map((verdict) => [verdict, 0]))
  for (const verdict of found) counts[verdict] += 1
  return counts
}
