// Finding figures in results, and what is made of several rounds.

/** @typedef {import('./results.mjs').Results} Results */
/** @typedef {import('./results.mjs').Measurement} Measurement */
/** @typedef {{ group?: string, server?: string, verb?: string, size?: number, inFlight?: number, client?: string }} Row */

/**
 * The one measurement that has all of these, if it was a success.
 * @param {Results} results
 * @param {Row} row
 * @returns {Measurement | undefined}
 */
export function find(results, row) {
  return findAll(results, row).find(({ figures }) => figures.cpu.length > 0)
}

/** @param {Results} results @param {Row} row @returns {Measurement[]} */
export function findAll(results, row) {
  const wanted = Object.entries(row)
  return results.measurements.filter((one) => wanted.every(([name, value]) => one[name] === value))
}

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** @param {number[]} one @param {number[]} other */
export function ratios(one, other) {
  return one.slice(0, other.length).map((value, round) => value / other[round])
}
