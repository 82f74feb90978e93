// The matrix: what is combined with what, and why some combinations are left out.

/**
 * @typedef {object} Cell
 * @property {string} operation
 * @property {string} fault
 * @property {'the first attempt' | 'every attempt'} attempts those that the fault meets
 * @property {boolean} isBlind whether the read-back fails as well
 * @property {string} other what another writer does
 * @property {string} when it does that
 * @property {boolean} isVersioned
 * @property {boolean} [isInParts] whether it is written in parts, whose completion the fault meets
 */

export const operations = [
  'createObject',
  'putObjectIfMatch',
  'deleteObjectIfMatch',
  'idempotent deleteObjectIfMatch',
  'update',
  'copyObject that creates',
  'copyObject that overwrites',
]

/** The ways in which an answer gets lost, of which the seed picks one for each cell. */
export const faults = {
  'lost before it is applied': [
    { what: 'drop', when: 'before' },
    { what: 'drop', when: 'before', reset: true },
    { what: 'answer', when: 'before', status: 503 },
    { what: 'answer', when: 'before', status: 500 },
  ],
  'lost after it was applied': [
    { what: 'drop', when: 'after' },
    { what: 'drop', when: 'after', reset: true },
    { what: 'truncate', bytes: 10 },
    { what: 'answer', when: 'after', status: 500 },
    { what: 'answer', when: 'after', status: 408 },
    { what: 'answer', when: 'after', status: 200, code: 'InternalError' },
  ],
  'held until the second attempt': held({ attempt: 2 }),
  'held until another writes': held('write'),
  'held until the call has ended': held('release'),
  'not harmed': [undefined],
}

/** What the client of a held request hears meanwhile; waiting ends with the time of its attempt. */
function held(until) {
  return ['drop', { answer: { status: 503 } }, 'wait'].map((meanwhile) => ({ what: 'hold', until, meanwhile }))
}

export const others = [
  'nobody else writes',
  'another overwrites',
  'another deletes',
  'another writes identical bytes',
  'another restores what was there',
]

export const moments = {
  never: '',
  first: 'before the first attempt',
  between: 'between the first attempt and the second',
  readBack: 'before the read-back',
  ended: 'after the call, before what is held is applied',
}

export const isCreate = ({ operation }) => ['createObject', 'copyObject that creates'].includes(operation)
const isDelete = ({ operation }) => operation.endsWith('deleteObjectIfMatch')
const isAlone = ({ other }) => other === 'nobody else writes'
const isHeld = ({ fault }) => fault.startsWith('held')

/** What must be there for the write to be applied, and what it leaves. */
const needs = (cell) => (isCreate(cell) ? 'nothing' : 'what was there')
const leaves = (cell) => (isDelete(cell) ? 'nothing' : 'ours')

/** What another writer leaves. */
function left(cell) {
  if (cell.other === 'another deletes') return 'nothing'
  if (cell.other === 'another overwrites') return 'theirs'
  return cell.other === 'another restores what was there' || isDelete(cell) ? 'what was there' : 'ours'
}

/** What is there after the first attempt, and after the last one when the other writer has done nothing yet. */
function afterFirst(cell) {
  return cell.fault === 'lost after it was applied' ? leaves(cell) : needs(cell)
}
function afterLast(cell) {
  const lasting = isHeld(cell) || cell.fault === 'lost before it is applied'
  return lasting && cell.attempts === 'every attempt' ? needs(cell) : leaves(cell)
}

/** What is there when the other writer comes. */
function before(cell) {
  if (cell.when === moments.first) return needs(cell)
  return cell.when === moments.between ? afterFirst(cell) : afterLast(cell)
}

/** Whether the store has reason to look at the key after the last attempt. */
function isReadBack(cell) {
  if (cell.attempts === 'every attempt') return true
  const isFirst = cell.when === moments.first
  const isBetween = cell.when === moments.between
  let there = isFirst || isBetween ? left(cell) : afterFirst(cell)
  if (cell.fault === 'held until another writes' && isBetween && there === needs(cell)) there = leaves(cell)
  if (there === needs(cell)) return false
  // A delete leaves nothing to be recognised: one that met a conflict and no fault, or nothing, says all there is to know.
  return !isDelete(cell) || (there !== 'nothing' && cell.fault !== 'not harmed')
}

/** Why combinations are left out. */
const senseless = {
  'nobody else comes at no time, and another does at some': (cell) => isAlone(cell) !== (cell.when === moments.never),
  'where a fault meets the first attempt, what was there before it is what is there': (cell) =>
    cell.when === moments.first && cell.fault !== 'not harmed',
  'no fault, no second attempt': (cell) =>
    cell.fault === 'not harmed' && (cell.attempts === 'every attempt' || cell.when === moments.between),
  'nobody else writes, for which a request would be held': (cell) =>
    cell.fault === 'held until another writes' && isAlone(cell),
  'each attempt is held until the second has ended, which is held itself': (cell) =>
    cell.fault === 'held until the second attempt' && cell.attempts === 'every attempt',
  'nothing is held any more when the call has ended': (cell) =>
    cell.when === moments.ended && cell.fault !== 'held until the call has ended',
  'there is no read-back that could fail or be waited for': (cell) =>
    (cell.isBlind || cell.when === moments.readBack) && !isReadBack(cell),
  'to restore what was there before a create is to delete': (cell) =>
    cell.other === 'another restores what was there' && isCreate(cell),
  'identical to what a delete finds is what was there': (cell) =>
    cell.other === 'another restores what was there' && isDelete(cell),
  'there is nothing to delete, and no version either': (cell) =>
    cell.other === 'another deletes' && before(cell) === 'nothing' && !cell.isVersioned,
}

export const reasons = Object.keys(senseless)

/** Every combination, with the reason if it is left out. @returns {{ cell: Cell, reason?: string }[]} */
export function allCells() {
  const dimensions = {
    operation: operations,
    fault: Object.keys(faults),
    attempts: ['the first attempt', 'every attempt'],
    isBlind: [false, true],
    other: others,
    when: Object.values(moments),
    isVersioned: [false, true],
  }
  let cells = [{}]
  for (const [name, values] of Object.entries(dimensions)) {
    cells = cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value })))
  }
  return cells.map((cell) => ({
    cell: /** @type {Cell} */ (cell),
    reason: reasons.find((reason) => senseless[reason](cell)),
  }))
}

/** What a cell is called. @param {Cell} cell */
export function titleOf({ operation, fault, attempts, isBlind, other, when, isVersioned, isInParts }) {
  const harmed = fault === 'not harmed' ? fault : `${attempts} ${fault}`
  const parts = [
    isInParts ? `${operation} in parts` : operation,
    harmed,
    isBlind && 'the read-back fails',
    `${other} ${when}`.trim(),
    isVersioned && 'versioned',
  ]
  return parts.filter(Boolean).join(', ')
}
