// What is right in a log of which each entry carries the hash of the one before, and what isn't.

/** @typedef {{ key: string, text: string, hash: string, place: number, seq: number, previous: string }} Found `place`: by its key */
/**
 * What is wrong with an entry, or with several one after the other: `changed`, or gone (`missing`), or at another's place (`moved`); what
 * is there but is none (`inserted`); a checkpoint that isn't signed as it should be (`forged`), or is, but says something else than
 * another of the same number (`forked`).
 * @typedef {object} Problem
 * @property {number} seq the entry's number; of what was inserted or forged, the one that its key says: NaN where that is none
 * @property {number} [to] the last of several
 * @property {'changed' | 'missing' | 'moved' | 'inserted' | 'forged' | 'forked'} kind
 * @property {string} key of what is there, or should be
 */

/**
 * Which of what was found is the log: from its end down, each entry is the one whose hash the next one carries, wherever it lies.
 * @param {Found[]} found
 * @param {Map<number, string>} vouched the hashes at some numbers; the lowest is where the log begins
 * @returns {Map<number, Found | undefined>} by number, the highest first; nothing where none is right
 */
export function follow(found, vouched) {
  // Of two that are the same, the one that is in its place.
  const inPlaceLast = found.toSorted((a, b) => Number(a.place === a.seq) - Number(b.place === b.seq))
  const byHash = new Map(inPlaceLast.map((entry) => [entry.hash, entry]))
  /** Nothing vouches for the last entry: it has to be in its place, or follow one. @param {number} seq */
  const last = (seq) =>
    found.find((entry) => entry.seq === seq && (entry.place === seq || byHash.get(entry.previous)?.seq === seq - 1))
  /** @type {Map<number, Found | undefined>} */
  const genuine = new Map()
  /** @type {{ seq: number, hash?: string }} what the entry above says */
  let above = { seq: NaN }
  const begin = Math.min(...vouched.keys())
  const seqs = new Set(
    [...vouched.keys(), ...found.flatMap(({ seq, place }) => [seq, place])].filter((n) => n >= begin),
  )
  for (const seq of [...seqs].toSorted((a, b) => b - a)) {
    const said = above.seq === seq + 1 ? above.hash : undefined
    const hash = vouched.get(seq) ?? said
    // Not the one before it, but the one above is wrong.
    if (said !== undefined && said !== hash) genuine.set(above.seq, undefined)
    const entry = hash === undefined ? last(seq) : byHash.get(hash)
    const isRight = entry?.seq === seq
    if (!isRight && hash === undefined && genuine.size === 0) continue
    genuine.set(seq, isRight ? entry : undefined)
    above = { seq, hash: isRight ? entry.previous : undefined }
  }
  return genuine
}

/**
 * @param {Found[]} found
 * @param {Map<number, Found | undefined>} genuine what `follow` gives
 * @param {(seq: number) => string} keyOf
 * @returns {Generator<Problem>}
 */
export function* compare(found, genuine, keyOf) {
  const known = new Set(genuine.values())
  const strange = new Map(found.filter((entry) => !known.has(entry)).map((entry) => [entry.key, entry]))
  let above = NaN
  for (const [seq, entry] of genuine) {
    const several = above > seq + 2 && { to: above - 1 }
    if (above > seq + 1) yield { seq: seq + 1, ...several, kind: 'missing', key: keyOf(seq + 1) }
    if (entry && entry.place !== seq) yield { seq, kind: 'moved', key: entry.key }
    if (!entry && seq > 0) yield { seq, kind: strange.delete(keyOf(seq)) ? 'changed' : 'missing', key: keyOf(seq) }
    above = seq
  }
  for (const { place: seq, key } of strange.values()) yield { seq, kind: 'inserted', key }
}
