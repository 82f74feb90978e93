// The goals of the project for speed and size, as ratios in one run on one machine, and whether a run met them.
import { namesOf } from './clients/index.mjs'
import { KIB, MIB } from './work/index.mjs'
import { find, median, ratios } from './report/figures.mjs'

/** @typedef {import('./report/results.mjs').Results} Results */
/** @typedef {import('./report/figures.mjs').Row} Row */
/**
 * @typedef {object} Goal
 * @property {string} figure
 * @property {number} limit at most so much passes
 * @property {string} unit of value and limit
 * @property {(results: Results) => Value} value
 */
/**
 * @typedef {object} Value
 * @property {number} value NaN if it was not measured
 * @property {number} [low] the least of the rounds
 * @property {number} [high]
 * @property {string} [note]
 */
/** @typedef {{ figure: string, goal: string, value: number | null, low?: number, high?: number, note?: string, pass: boolean | null }} Judged */

const MB = 1_000_000
const opendal = 'opendal'
const kessler = '@kessler/s3-store'
const get32 = { group: 'get', server: 'nginx', verb: 'get', size: KIB, inFlight: 32 }
const put32 = { ...get32, group: 'put', verb: 'put' }
const get1 = { ...get32, inFlight: 1 }
const large = { group: 'large', server: 'nginx', size: 64 * MIB, inFlight: 1 }

/** @type {Goal[]} */
export const goals = [
  against('CPU per GET, 1 KiB, 32 in flight', 'cpu', get32, opendal, 'opendal', 0.6),
  against('CPU per GET, 1 KiB, 32 in flight', 'cpu', get32, kessler, 'kessler', 1 / 26),
  {
    figure: "CPU per GET, 1 KiB, 32 in flight, over wrk + napi's empty async fn",
    limit: 1.9,
    unit: '×',
    value: (results) => overFloor(results),
  },
  against('CPU per conditional PUT, 1 KiB, 32 in flight', 'cpu', put32, "opendal's plain write", 'opendal', 0.6),
  against('CPU per conditional PUT, 1 KiB, 32 in flight', 'cpu', put32, kessler, 'kessler', 1 / 25),
  against('event-loop time per GET, 1 KiB, 32 in flight', 'loop', get32, kessler, 'kessler', 1 / 70),
  against('wall time per GET, 1 KiB, one at a time', 'wall', get1, opendal, 'opendal', 0.85),
  against('wall time per GET, 1 KiB, one at a time', 'wall', get1, 'undici raw', 'undici', 1.05),
  crowd('CPU per GET, 1 KiB, 1,024 in flight, over 32 in flight', get32),
  crowd('CPU per conditional PUT, 1 KiB, 1,024 in flight, over 32 in flight', put32),
  againstBest('CPU of a 64 MiB GET into one buffer', { ...large, verb: 'get' }),
  againstBest('CPU of a 64 MiB GET as a stream', { ...large, verb: 'stream' }),
  againstBest('CPU of a 64 MiB PUT', { ...large, verb: 'put' }, hashes),
  {
    figure: 'memory of a 64 MiB GET as a stream, over idle',
    limit: 48,
    unit: 'MiB',
    value: (results) => {
      const memory = find(results, { ...large, verb: 'stream', client: 'direct' })?.memory
      return { value: memory ? (memory.peak - memory.idle) / MIB : Number.NaN }
    },
  },
  {
    figure: 'CPU of the JSON wrapper, 1 MiB, over raw get + JSON.parse',
    limit: 1.1,
    unit: '×',
    value: (results) => {
      const json = { group: 'json', server: 'nginx', verb: 'getJson', size: MIB, inFlight: 8 }
      return compared(results, 'cpu', json, 'direct', 'direct-raw')
    },
  },
  {
    figure: 'CPU of a list of 100,000 keys, over @aws-sdk/client-s3',
    limit: 1 / 4,
    unit: '×',
    value: (results) => compared(results, 'cpu', listing(100_000), 'direct', 'aws-sdk'),
  },
  {
    figure: 'CPU per key of a list of 100,000 keys, over one of 10,000 (linear: 1)',
    limit: 1.1,
    unit: '×',
    value: (results) => {
      const [many, few] = [100_000, 10_000].map(
        (keys) => figureOf(results, 'cpu', { ...listing(keys), client: 'direct' }) / keys,
      )
      return { value: many / few }
    },
  },
  {
    figure: `import + first GET, wall time, over ${kessler}`,
    limit: 1 / 15,
    unit: '×',
    value: (results) => compared(results, 'wall', { ...get1, group: 'cold' }, 'direct', 'kessler'),
  },
  size('the addon, stripped', 10.5, ({ addon }) => addon),
  size('the addon, gzipped', 5, ({ gzipped }) => gzipped),
  {
    figure: 'CPU per GET over HTTPS, 1 KiB, 32 in flight, over opendal',
    limit: 0.75,
    unit: '×',
    value: (results) =>
      compared(results, 'cpu', { ...get32, group: 'https', server: 'nginx-tls' }, 'direct', 'opendal'),
  },
]

/** @param {Results} results @returns {Judged[]} */
export function judge(results) {
  return goals.map(({ figure, limit, unit, value: read }) => {
    const { value, low, high, note } = read(results)
    const known = Number.isFinite(value)
    return {
      figure,
      goal: `≤ ${unit === '×' ? fraction(limit) : `${limit} ${unit}`}`,
      value: known ? value : null,
      ...(known && low !== undefined && { low, high }),
      ...(note && { note }),
      pass: known ? value <= limit : null,
    }
  })
}

/** @param {number} limit a ratio as the goals say it */
function fraction(limit) {
  return limit < 0.5 ? `1/${Math.round(1 / limit)}` : String(limit)
}

/**
 * @param {string} figure
 * @param {'cpu' | 'loop' | 'wall'} what
 * @param {Row} row
 * @param {string} label
 * @param {string} peer
 * @param {number} limit
 * @returns {Goal}
 */
function against(figure, what, row, label, peer, limit) {
  const value = (results) => compared(results, what, row, 'direct', peer)
  return { figure: `${figure}, over ${label}`, limit, unit: '×', value }
}

/**
 * @param {string} figure
 * @param {Row} row
 * @param {(results: Results, peer: string) => boolean} [counts]
 * @returns {Goal}
 */
function againstBest(figure, row, counts = () => true) {
  const whose = counts === hashes ? 'the best peer that hashes the payload' : 'the best peer'
  return {
    figure: `${figure}, over ${whose}`,
    limit: 1,
    unit: '×',
    value(results) {
      const peers = namesOf('peer').filter((name) => counts(results, name))
      const cost = (name) => figureOf(results, 'cpu', { ...row, client: name })
      const known = peers.filter((name) => Number.isFinite(cost(name))).toSorted((a, b) => cost(a) - cost(b))
      return { ...compared(results, 'cpu', row, 'direct', known[0]), ...(known[0] && { note: known[0] }) }
    },
  }
}

/** @param {Results} results @param {string} peer */
function hashes(results, peer) {
  return results.payloads[peer]?.http?.payload === 'hashed'
}

/** @param {string} figure @param {Row} row @returns {Goal} */
function crowd(figure, row) {
  return {
    figure,
    limit: 1.2,
    unit: '×',
    value(results) {
      const at = (inFlight) => figureOf(results, 'cpu', { ...row, inFlight, client: 'direct' })
      return { value: at(1024) / at(32) }
    },
  }
}

/** @param {string} figure @param {number} limit @param {(sizes: NonNullable<Results['sizes']>) => number} read @returns {Goal} */
function size(figure, limit, read) {
  return { figure, limit, unit: 'MB', value: ({ sizes }) => ({ value: sizes ? read(sizes) / MB : Number.NaN }) }
}

/** @param {number} keys @returns {Row} */
function listing(keys) {
  return { group: 'list', server: 'nginx', verb: 'list', size: keys, inFlight: 1 }
}

/** @param {Results} results @returns {Value} */
function overFloor(results) {
  const ours = find(results, { ...get32, client: 'direct' })
  const wrk = find(results, { ...get32, client: 'wrk' })
  const empty = find(results, { ...get32, client: 'napi-empty' })
  if (!ours || !wrk || !empty) return { value: Number.NaN }
  const floor = wrk.figures.cpu.map((micros, round) => micros + empty.figures.cpu[round])
  return spread(ratios(ours.figures.cpu, floor))
}

/**
 * The median of the ratios of each round, in which the two were measured one after the other.
 * @param {Results} results
 * @param {'cpu' | 'loop' | 'wall'} what
 * @param {Row} row
 * @param {string} one
 * @param {string} other
 * @returns {Value}
 */
function compared(results, what, row, one, other) {
  const [a, b] = [one, other].map((client) => find(results, { ...row, client }))
  return a && b ? spread(ratios(a.figures[what], b.figures[what])) : { value: Number.NaN }
}

/** @param {number[]} values @returns {Value} */
function spread(values) {
  return { value: median(values), low: Math.min(...values), high: Math.max(...values) }
}

/** @param {Results} results @param {'cpu' | 'loop' | 'wall'} what @param {Row} row */
function figureOf(results, what, row) {
  const found = find(results, row)
  return found ? median(found.figures[what]) : Number.NaN
}
