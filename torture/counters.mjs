// Counters: each acknowledged increment is in there once, each one of which nobody knows at most once.

/** @typedef {import('./store-history.mjs').Call} Call */
/** @typedef {{ key: string, acknowledged: number, ambiguous: number, end: number | undefined, isRight: boolean }} Counter */

/**
 * @param {Call[]} calls
 * @param {(call: Call) => boolean} mayHaveWritten
 * @returns {Counter[]}
 */
export function countersOf(calls, mayHaveWritten) {
  const increments = calls.filter(({ verb }) => verb === 'increment')
  return [...new Set(increments.map(({ key }) => key))].map((key) => {
    const own = increments.filter((call) => call.key === key)
    const acknowledged = own.filter(({ outcome }) => outcome === 'ok').length
    const ambiguous = own.filter((call) => isOpen(call) && mayHaveWritten(call)).length
    const end = calls.findLast((call) => call.client === 'end' && call.key === key)?.ok?.count
    const isRight = end !== undefined && end >= acknowledged && end <= acknowledged + ambiguous
    return { key, acknowledged, ambiguous, end, isRight }
  })
}

/** @param {Call} call */
function isOpen({ outcome }) {
  return outcome === 'ambiguous' || outcome === 'killed'
}
