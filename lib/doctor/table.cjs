'use strict'

// A probe as text for a terminal.

/** @typedef {import('../../index.cjs').ProbeReport} ProbeReport */
/** @typedef {import('../../index.cjs').ProbeFinding} ProbeFinding */
/** @typedef {import('./verdict.cjs').Diagnosis} Diagnosis */

/** @type {[keyof ProbeReport, string][]} */
const ROWS = [
  ['create', 'If-None-Match: * on PutObject'],
  ['putIfMatch', 'If-Match on PutObject'],
  ['getIfMatch', 'If-Match on GetObject'],
  ['deleteIfMatch', 'If-Match on DeleteObject'],
  ['multipart', 'both on CompleteMultipartUpload'],
  ['copy', 'both on CopyObject'],
  ['getIfNoneMatch', 'If-None-Match on GetObject'],
  ['metadata', 'metadata kept'],
]

/**
 * @param {ProbeReport} report
 * @param {Diagnosis} verdict
 * @param {string} version
 */
function printed(report, verdict, version) {
  const title = `s3-store-native ${version}: ${report.endpoint ?? 'endpoint not known'}, bucket ${report.bucket}`
  const rows = ROWS.map(([row, name]) => cells(name, /** @type {ProbeFinding} */ (report[row])))
  const head = ['condition', 'verdict', 'seen at last']
  return [title, '', ...table([head, ...rows]), '', ...facts(report), '', ...conclusion(verdict)].join('\n')
}

/**
 * @param {string} name
 * @param {ProbeFinding} finding
 */
function cells(name, { verdict, evidence }) {
  const last = evidence.at(-1)
  return [name, verdict, last ? `${last.sent}: ${last.got}` : '']
}

/** @param {string[][]} rows */
function table(rows) {
  const widths = [31, 8]
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** @param {ProbeReport} report */
function* facts(report) {
  const { etags, absentDelete } = report
  if (etags) {
    const accepted = etags.accepted.length > 0 ? `accepted ${etags.accepted.join(' and ')}` : 'accepted in no form'
    yield `etags: given ${etags.given}, ${accepted} in If-Match`
  }
  const told = [absentDelete.plain, absentDelete.ifMatch].map((answer) => answer ?? 'not known')
  yield `deleting an absent key: ${told[0]}; with If-Match: ${told[1]}`
  for (const [row, name] of ROWS) {
    const { note } = /** @type {ProbeFinding} */ (report[row])
    if (note) yield `${name}: ${note}`
  }
}

/** @param {Diagnosis} verdict */
function* conclusion({ summary, works, problems }) {
  yield summary
  if (works.length > 0) yield `- works: ${works.join(', ')}`
  for (const { methods, problem, remedy } of problems) {
    yield `- ${methods.join(', ')}: ${problem}.`
    yield `  What to do: ${remedy}.`
  }
}

module.exports = { printed }
