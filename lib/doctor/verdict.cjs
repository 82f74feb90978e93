'use strict'

// What a probe means for a user of the store: what works on the server, what doesn't, and what to do.

/** @typedef {import('../../index.cjs').ProbeReport} ProbeReport */
/** @typedef {import('../../index.cjs').ProbeVerdict} ProbeVerdict */
/**
 * @typedef {object} Diagnosis
 * @property {boolean} holds whether all of the store's promises hold
 * @property {string} summary
 * @property {string[]} works methods that keep their promise
 * @property {{ methods: string[], problem: string, remedy: string }[]} problems
 */
/** @typedef {'create' | 'putIfMatch' | 'getIfMatch' | 'deleteIfMatch' | 'multipart' | 'copy' | 'getIfNoneMatch' | 'metadata'} Row */
/** @typedef {{ problem: string, remedy: string }} Words */

/** The methods that rely on a row. Whoever updates reads, creates and overwrites. @type {Record<Row, string[]>} */
const METHODS = {
  create: ['createObject', 'update'],
  putIfMatch: ['putObjectIfMatch', 'update'],
  getIfMatch: ['getObjectIfMatch'],
  deleteIfMatch: ['deleteObjectIfMatch'],
  multipart: ['bodies in parts'],
  copy: ['copyObject', 'restoreVersion'],
  getIfNoneMatch: ['getObject with ifNoneMatch'],
  metadata: ['createObject', 'putObjectIfMatch', 'update'],
}

// A server is verified with both conditions of a put at once, and one that ignores either is refused for both.
const PUTS = ['createObject', 'putObjectIfMatch', 'update']

/** @type {Record<Row, string>} */
const CONDITIONS = {
  create: 'If-None-Match: * on PutObject',
  putIfMatch: 'If-Match on PutObject',
  getIfMatch: 'If-Match on GetObject',
  deleteIfMatch: 'If-Match on DeleteObject',
  multipart: 'the conditions of CompleteMultipartUpload',
  copy: 'the conditions of CopyObject',
  getIfNoneMatch: 'If-None-Match on GetObject',
  metadata: 'user metadata',
}

const REFUSED = 'the store refuses the call, and sends nothing of it'

/** What comes of it where the server ignores the condition. @type {Record<Row, string>} */
const CONSEQUENCES = {
  create: `overwrites whatever is there: ${REFUSED}`,
  putIfMatch: `overwrites whatever is there: ${REFUSED}`,
  getIfMatch: 'gives whatever is there',
  deleteIfMatch: `deletes whatever is there: ${REFUSED}`,
  multipart: `overwrites whatever is there: the store refuses what doesn't fit into one part, and sends nothing of it`,
  copy: `overwrites whatever is there: ${REFUSED}`,
  getIfNoneMatch: 'gives what the reader has already',
  metadata: '',
}

const OTHER_SERVER = 'use another server, or a newer version of this one'
const TOMBSTONE = 'instead of deleting, overwrite with a tombstone by putObjectIfMatch'

/** What helps where a condition can't be had. @type {Partial<Record<Row, string>>} */
const INSTEAD = {
  deleteIfMatch: TOMBSTONE,
  multipart: `make partSize as large as the largest body, which then goes in one request, or ${OTHER_SERVER}`,
  copy: 'set partSize: a copy in parts is verified by itself, and more servers honour its condition',
  getIfNoneMatch: 'compare the etag of headObject with yours first',
}

/**
 * @param {ProbeReport} report
 * @returns {Diagnosis}
 */
function judge(report) {
  const problems = [...rowProblems(report), ...otherProblems(report)]
  const affected = new Set(problems.flatMap(({ methods }) => methods))
  const works = [...new Set(Object.values(METHODS).flat())].filter((method) => !affected.has(method))
  const holds = problems.length === 0
  return { holds, summary: summaryOf(holds, works), works, problems }
}

/**
 * @param {boolean} holds
 * @param {string[]} works
 */
function summaryOf(holds, works) {
  if (holds) return "The store's promises hold on this server."
  if (works.length === 0) return "None of the store's conditional methods keeps its promise on this server."
  return "Not all of the store's promises hold on this server."
}

/** @param {ProbeReport} report */
function* rowProblems(report) {
  for (const row of /** @type {Row[]} */ (Object.keys(METHODS))) {
    const { verdict } = report[row]
    if (verdict !== 'enforced') {
      const isRefusedWithAll = verdict === 'ignored' && (row === 'create' || row === 'putIfMatch')
      yield { methods: isRefusedWithAll ? PUTS : METHODS[row], ...wordsOf(row, verdict) }
    }
  }
}

/**
 * @param {Row} row
 * @param {Exclude<ProbeVerdict, 'enforced'>} verdict
 * @returns {Words}
 */
function wordsOf(row, verdict) {
  const condition = CONDITIONS[row]
  if (row === 'metadata' && verdict === 'ignored') {
    return {
      problem: 'the server drops user metadata, by which the store knows its own writes: it refuses to write there',
      remedy: `${OTHER_SERVER}, or pass conditions: 'trust' and recovery: false, and handle AmbiguousWriteError`,
    }
  }
  const instead = INSTEAD[row] ?? OTHER_SERVER
  /** @type {Record<typeof verdict, Words>} */
  const words = {
    ignored: { problem: `the server ignores ${condition}, and ${CONSEQUENCES[row]}`, remedy: instead },
    racy: {
      problem: `the server enforces ${condition} on one request at a time, but carries out more than one of several at once: a success does not mean that nobody else had one`,
      remedy: `let one process alone ${row === 'deleteIfMatch' ? 'delete' : 'write'}, or ${instead}`,
    },
    refused: {
      problem: `the server turns requests with ${condition} down, or doesn't allow them`,
      remedy: `look at the rights of these credentials, or ${instead}`,
    },
    unknown: {
      problem: `whether the server enforces ${condition} could not be told`,
      remedy: 'look at the evidence (--json), and try again',
    },
  }
  return words[verdict]
}

/** What no verdict says. @param {ProbeReport} report */
function* otherProblems({ etags, absentDelete, deleteIfMatch }) {
  if (deleteIfMatch.verdict === 'enforced' && absentDelete.ifMatch?.startsWith('2')) {
    yield {
      methods: METHODS.deleteIfMatch,
      problem:
        'the server answers the conditional deletion of an absent key with success: of several who delete one object at once each is told that it did, and nobody hears NoSuchKey',
      remedy: `don't let a success of deleteObjectIfMatch decide who goes on, or ${TOMBSTONE}`,
    }
  }
  if (etags?.given === 'weak') {
    yield {
      methods: [...METHODS.putIfMatch, ...METHODS.getIfMatch, ...METHODS.deleteIfMatch],
      problem: 'the server gives weak etags (W/"…"), which match nothing in If-Match',
      remedy: 'look for a proxy in between that compresses, and turn that off',
    }
  }
}

module.exports = { judge }
