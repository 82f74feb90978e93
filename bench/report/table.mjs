// The results for a terminal, as Markdown.
import { clients } from '../clients/index.mjs'
import { KIB, MIB } from '../work/index.mjs'
import { median } from './figures.mjs'

/** @typedef {import('./results.mjs').Measurement} Measurement */
/** @typedef {import('./results.mjs').Results} Results */

/**
 * The measurements of one scenario, the cheapest first.
 * @param {Measurement[]} measurements
 * @param {Results['payloads']} payloads
 */
export function scenarioTable(measurements, payloads) {
  const [{ group, server, verb, size, inFlight }] = measurements
  const what = verb === 'list' ? `${size.toLocaleString('en')} keys` : bytes(size)
  const title = `${group}: ${verb} ${what}, ${inFlight.toLocaleString('en')} in flight, ${server}`
  const header = ['client', 'CPU µs/op', 'min–max', 'loop µs/op', 'ops/s', 'p50 µs', 'p99 µs', 'peak MiB']
  const rows = measurements.toSorted((a, b) => cost(a) - cost(b)).map((one) => row(one, payloads))
  return `\n${title}\n${markdown([header, ...rows])}`
}

/** @param {Results} results */
export function goalTable({ goals }) {
  const header = ['goal', 'limit', 'value', 'min–max', '']
  const rows = goals.map(({ figure, goal, value, low, high, note, pass }) => [
    note ? `${figure} (${note})` : figure,
    goal,
    value === null ? 'not measured' : goal.includes('/') ? `1/${short(1 / value)}` : short(value),
    low === undefined || high === undefined ? '' : `${short(low)}–${short(high)}`,
    pass === null ? '–' : pass ? 'pass' : 'FAIL',
  ])
  return markdown([header, ...rows])
}

/** @param {Measurement} one @param {Results['payloads']} payloads */
function row({ client, figures, memory, error, verb, server }, payloads) {
  const { label } = clients[client]
  const seen = payloads[client]?.[server.endsWith('-tls') ? 'https' : 'http']
  const marks = [
    verb === 'put' && seen?.payload === 'unsigned' && 'unsigned payload',
    verb === 'put' && seen && !seen.conditional && 'no condition',
  ].filter(Boolean)
  const name = marks.length > 0 ? `${label} (${marks.join(', ')})` : label
  if (error) return [name, error, '', '', '', '', '', '']
  const { cpu, loop, wall, p50, p99 } = figures
  return [
    name,
    short(median(cpu)),
    `${short(Math.min(...cpu))}–${short(Math.max(...cpu))}`,
    loop[0] === null ? '–' : short(median(loop)),
    short(1_000_000 / median(wall)),
    short(median(p50)),
    short(median(p99)),
    memory ? short(memory.peak / MIB) : '–',
  ]
}

/** @param {Measurement} one */
function cost({ figures: { cpu } }) {
  return cpu.length > 0 ? median(cpu) : Number.POSITIVE_INFINITY
}

/** @param {number} size */
export function bytes(size) {
  return size >= MIB ? `${size / MIB} MiB` : `${size / KIB} KiB`
}

/** Three digits that count. @param {number} value */
export function short(value) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)))
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}

/** @param {string[][]} rows the first of them the header */
function markdown([header, ...rows]) {
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column].length)))
  const line = (row) => `| ${row.map((field, column) => field.padEnd(widths[column])).join(' | ')} |`
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map((row) => line(row))].join('\n')
}
