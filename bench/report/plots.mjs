// The plots of the README, from results.json.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clients } from '../clients/index.mjs'
import { KIB } from '../work/index.mjs'
import { findAll, median } from './figures.mjs'
import { barPlot, linePlot } from './svg.mjs'
import { bytes, short } from './table.mjs'

/** @typedef {import('./results.mjs').Results} Results */
/** @typedef {import('./figures.mjs').Row} Row */

const COLORS = { ours: '#2f81f7', peer: '#d29922', floor: '#8b949e' }
const LINES = { direct: '#2f81f7', sdk: '#39a0a8', opendal: '#bf5af2', undici: '#8b949e', kessler: '#d29922' }
const nginx = { server: 'nginx', size: KIB, inFlight: 32 }

/** @type {Record<string, (results: Results) => string | undefined>} */
const plots = {
  'cpu-get': bars('CPU time per GET', 'cpu', { ...nginx, group: 'get', verb: 'get' }),
  'cpu-put': bars('CPU time per PUT', 'cpu', { ...nginx, group: 'put', verb: 'put' }),
  'loop-get': bars('Event-loop time per GET', 'loop', { ...nginx, group: 'get', verb: 'get' }),
  'cold-start': bars('Import and first GET, fresh process', 'wall', { group: 'cold' }),
  'growth-in-flight': lines('CPU time per GET of 1 KiB, by calls in flight', 'get', 'inFlight', { size: KIB }, String),
  'growth-size': lines(
    'CPU time per GET, by size, 4 in flight',
    'get',
    'size',
    { group: 'growth', inFlight: 4 },
    bytes,
  ),
}

/**
 * Writes the plots whose figures there are.
 * @param {string} folder
 * @param {Results} results
 */
export function writePlots(folder, results) {
  mkdirSync(folder, { recursive: true })
  for (const [name, plot] of Object.entries(plots)) {
    const image = plot(results)
    if (image) writeFileSync(join(folder, `${name}.svg`), image)
  }
}

/** @param {string} title @param {'cpu' | 'loop' | 'wall'} what @param {Row} row */
function bars(title, what, row) {
  return (/** @type {Results} */ results) => {
    const found = findAll(results, row).filter(({ figures }) => figures[what].length > 0 && figures[what][0] !== null)
    if (found.length === 0) return undefined
    const drawn = found.map(({ client, figures }) => {
      const { label, kind } = clients[client]
      const unsigned = row.verb === 'put' && results.payloads[client]?.http?.payload !== 'hashed'
      const value = median(figures[what])
      return { label, value, color: COLORS[kind], ...(unsigned && { note: '(payload not hashed)' }) }
    })
    const subtitle = `${what === 'wall' ? '1 KiB' : '1 KiB, 32 in flight'}; less is better`
    const format = (value) => (what === 'wall' ? `${short(value / 1000)} ms` : `${short(value)} µs`)
    return barPlot({
      title,
      subtitle,
      footer: where(results),
      bars: drawn.toSorted((a, b) => a.value - b.value),
      format,
    })
  }
}

/**
 * @param {string} title
 * @param {string} verb
 * @param {'inFlight' | 'size'} along
 * @param {Row} row
 * @param {(x: number) => string} formatX
 */
function lines(title, verb, along, row, formatX) {
  return (/** @type {Results} */ results) => {
    const found = findAll(results, { ...row, server: 'nginx', verb }).filter(
      ({ group, figures }) => ['get', 'growth'].includes(group) && figures.cpu.length > 0,
    )
    if (new Set(found.map((one) => one[along])).size < 2) return undefined
    const drawn = Object.entries(LINES).flatMap(([client, color]) => {
      const points = found
        .filter((one) => one.client === client)
        .map((one) => /** @type {[number, number]} */ ([one[along], median(one.figures.cpu)]))
        .toSorted(([a], [b]) => a - b)
      return points.length > 0 ? [{ label: clients[client].label, color, points }] : []
    })
    const subtitle = `µs, both axes logarithmic; less is better`
    return linePlot({
      title,
      subtitle,
      footer: where(results),
      lines: drawn,
      formatX,
      formatY: (y) => `${short(y)} µs`,
    })
  }
}

/** @param {Results} results */
function where({ date, machine, versions, quick }) {
  const { cpu, cores } = /** @type {{ cpu: string, cores: number }} */ (machine)
  const warning = quick ? 'A SMOKE RUN: means nothing. ' : ''
  return `${warning}nginx ${versions['nginx (server)']}, Node.js ${versions['Node.js']}, ${cores} × ${cpu}, ${date}`
}
