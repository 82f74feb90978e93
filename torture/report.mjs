// What a run has to say at its end.
import { kinds } from './servers.mjs'

/** @typedef {Awaited<ReturnType<typeof import('./run.mjs').torture>>} Result */
/** @typedef {import('./judge.mjs').Verdict} Verdict */
/** @typedef {import('./store-history.mjs').Call} Call */

const outcomes = /** @type {const} */ (['ok', 'conflict', 'ambiguous', 'killed', 'failed'])
/** @type {Call['verb'][]} */
const verbs = ['read', 'readIf', 'create', 'put', 'delete', 'update', 'increment']
const VIOLATIONS_SHOWN = 3
/** How many successes of each kind there are in a run that says something: here, and one for each ten seconds. */
const LEAST = 3

/**
 * @param {Result} result
 * @returns {{ lines: string[], isGood: boolean }}
 */
export function report(result) {
  const { name, version, seconds, seed, lie, calls, requests, disturbed, kills } = result
  const wrong = whatIsWrong(result)
  const lines = [
    `torture of ${name} ${version}, ${seconds} s, seed ${seed}${lie ? `, which lies: ${lie}` : ''}`,
    `  operations  ${calls.length} calls, ${requests.length} requests, ${result.server.keys} keys, at most ${result.store.longest} operations on one`,
    `  faults      ${counted(disturbed)}`,
    `  kills       ${counted(kills)}`,
    ...outcomesOf(calls).map((line, index) => `  ${index === 0 ? 'outcomes' : '        '}    ${line}`),
    `  counters    ${result.counters.map(({ end, acknowledged, ambiguous }) => `${end} (${acknowledged} acknowledged, ${ambiguous} ambiguous)`).join(', ')}`,
    `  requests    ${shown(result.server)}`,
    `  calls       ${shown(result.store)}`,
    ...wrong,
    `verdict: ${wrong.length === 0 ? 'no violation' : 'FAILED'} (${name}, seed ${seed})`,
  ]
  return { lines, isGood: wrong.length === 0 }
}

/** @param {Result} result */
function whatIsWrong(result) {
  const { server, store, contradictions, broken, counters, unread, folder } = result
  /** @param {{ key: string }} violation */
  const isServers = (violation) => server.violations.some(({ key }) => key === violation.key)
  const wrong = [
    ...violationsOf('the server', server),
    ...violationsOf('the store', { ...store, violations: store.violations.filter((one) => !isServers(one)) }),
    ...store.createdOver
      .filter((key) => !server.createdOver.includes(key) && !isServers({ key }))
      .map((key) => `! the store: only a create over an object explains ${key}, and the requests show none`),
    ...store.violations
      .filter(isServers)
      .map(({ key }) => `! the store, on the server's word: no order explains ${key}`),
    ...contradictions.map((text) => `! contradiction: ${text}`),
    ...broken.map((text) => `! the store: ${text}`),
    ...counters.filter(({ isRight }) => !isRight).map((counter) => `! a counter is wrong: ${JSON.stringify(counter)}`),
    ...unread.map(({ key, error }) => `! not read at last: ${key} (${error?.name}: ${error?.message})`),
    ...tooLittle(result),
  ]
  return wrong.length === 0 ? [] : [...wrong, `  everything is in ${folder}`]
}

/** @param {string} who @param {Verdict} verdict */
function violationsOf(who, { violations, unknown }) {
  return [
    ...violations
      .slice(0, VIOLATIONS_SHOWN)
      .flatMap(({ key, witness, picture }) => [
        `! ${who}: no order explains ${key} (${picture}):`,
        ...witness.map((operation) => `    ${JSON.stringify(operation)}`),
      ]),
    ...violations.slice(VIOLATIONS_SHOWN).map(({ key }) => `! ${who}: no order explains ${key}`),
    ...unknown.map((key) => `! ${who}: ${key} could not be decided in time`),
  ]
}

/**
 * A run that does nothing finds nothing.
 * @param {Result} result
 */
function tooLittle({ calls, kills, disturbed, seconds, name }) {
  const least = Math.max(LEAST, Math.ceil(seconds / 10))
  const successes = verbs.map((verb) => ({
    verb,
    number: calls.filter((call) => call.verb === verb && call.ok).length,
  }))
  const counts = Object.entries({ ...kills, faults: total(disturbed) })
  return [
    ...successes
      .filter(({ verb, number }) => number < least && (verb !== 'delete' || kinds[name].deletes))
      .map(({ verb, number }) => `! too little: ${number} of ${verb} succeeded, of at least ${least}`),
    ...counts.filter(([, number]) => number === 0).map(([what]) => `! too little: no ${what}`),
  ]
}

/** @param {Call[]} calls */
function outcomesOf(calls) {
  return verbs
    .filter((verb) => calls.some((call) => call.verb === verb))
    .map((verb) => {
      const own = calls.filter((call) => call.verb === verb)
      const counts = outcomes.map((outcome) => `${outcome} ${own.filter((call) => call.outcome === outcome).length}`)
      const recovered = own.filter(({ ok }) => ok?.recovered).length
      return `${verb.padEnd(10)}${counts.join(', ')}${recovered > 0 ? `; ${recovered} of the ok recovered` : ''}`
    })
}

/** @param {Verdict} verdict */
function shown({ operations, violations, createdOver, unknown }) {
  const bad = violations.length + unknown.length
  const verdict =
    bad === 0 ? 'linearizable' : `${violations.length} keys are not linearizable, ${unknown.length} undecided`
  const known =
    createdOver.length === 0 ? '' : `; created over an object that the server denied: ${createdOver.join(', ')}`
  return `${operations} operations, ${verdict}${known}`
}

/** @param {Record<string, number>} counts */
function counted(counts) {
  return Object.entries(counts)
    .map(([name, number]) => `${name} ${number}`)
    .join(', ')
}

/** @param {Record<string, number>} counts */
function total(counts) {
  return Object.values(counts).reduce((sum, number) => sum + number, 0)
}
