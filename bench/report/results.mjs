// What a run found, as it is kept in results.json.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const FIGURES = /** @type {const} */ (['operations', 'cpu', 'loop', 'active', 'wall', 'p50', 'p99'])
const DIGITS = 4

/** @typedef {Record<(typeof FIGURES)[number], number[]>} Columns one value for each round */
/**
 * @typedef {object} Measurement
 * @property {string} group
 * @property {string} server
 * @property {string} verb
 * @property {number} size bytes of an object, or keys of a listing
 * @property {number} inFlight
 * @property {string} client
 * @property {Columns} figures times in µs per operation
 * @property {{ idle: number, peak: number, now: number }} [memory] bytes
 * @property {string} [error]
 */
/**
 * @typedef {object} Results
 * @property {string} date
 * @property {boolean} quick whether it was a smoke run, whose figures mean nothing
 * @property {object} machine
 * @property {Record<string, string>} versions
 * @property {import('../goals.mjs').Judged[]} goals
 * @property {{ addon: number, gzipped: number, mirrored: { bytes: number, disk: number, files: number } }} [sizes] bytes
 * @property {Record<string, { http?: import('../run/payload.mjs').Seen, https?: import('../run/payload.mjs').Seen, error?: string }>} payloads
 *   what each client's write looks like on the wire
 * @property {Measurement[]} measurements
 */

/**
 * @param {{ group: string, server: string, work: { verb: string, size: number, inFlight: number } }} scenario
 * @param {import('../run/scenario.mjs').Measured} measured
 * @returns {Measurement}
 */
export function toMeasurement({ group, server, work: { verb, size, inFlight } }, { client, rounds, memory, error }) {
  const columns = FIGURES.map((name) => [name, error ? [] : rounds.map((round) => rounded(round[name]))])
  const figures = /** @type {Columns} */ (Object.fromEntries(columns))
  return { group, server, verb, size, inFlight, client, figures, ...(memory && { memory }), ...(error && { error }) }
}

/** @param {number | null | undefined} value */
function rounded(value) {
  // What could not be counted is null, as JSON has it.
  return Number.isFinite(value) ? Number(Number(value).toPrecision(DIGITS)) : /** @type {any} */ (null)
}

/**
 * One line for each goal and each measurement, so that a change of one is a change of one line.
 * @param {string} file
 * @param {Results} results
 */
export function writeResults(file, { goals, measurements, ...rest }) {
  const lines = (list) => `[\n${list.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]`
  const head = JSON.stringify(rest, null, 2).replace(/\n}$/, '')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${head},\n  "goals": ${lines(goals)},\n  "measurements": ${lines(measurements)}\n}\n`)
}

/** @param {string} file @returns {Results} */
export function readResults(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
