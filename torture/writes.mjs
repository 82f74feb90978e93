// Who wrote what: each write has a name in its body, a write id and an etag of its own, and they go together for ever.

/** @typedef {{ write?: string, id?: string, etag?: string }} Sighting */

export class Writes {
  /** @type {string[]} what does not go together */
  contradictions = []
  /** @type {Map<string, Required<Sighting> & { key: string }>} by the name in the body */
  #byWrite = new Map()
  /** @type {Map<string, string>} the name that goes with `id …` and `etag …` */
  #owner = new Map()

  /**
   * Takes in what was seen of one object.
   * @param {string} key
   * @param {Sighting} seen
   */
  learn(key, { write, id, etag }) {
    if (write === undefined) return
    const known = this.#byWrite.get(write) ?? { key, write, id: '', etag: '' }
    this.#byWrite.set(write, known)
    if (known.key !== key) this.contradictions.push(`${write} was written to ${known.key} and seen under ${key}`)
    this.#join(known, 'id', id)
    this.#join(known, 'etag', etag)
  }

  /** The etag of a write; something that is no etag, while nobody has seen it. @param {string} write */
  etagOf(write) {
    return this.#byWrite.get(write)?.etag || `unseen:${write}`
  }

  /** @param {string} write */
  idOf(write) {
    return this.#byWrite.get(write)?.id ?? ''
  }

  /**
   * @param {Required<Sighting> & { key: string }} known
   * @param {'id' | 'etag'} field
   * @param {string | undefined} value
   */
  #join(known, field, value) {
    if (!value) return
    const owner = this.#owner.get(`${field} ${value}`) ?? known.write
    if (owner !== known.write || (known[field] && known[field] !== value)) {
      this.contradictions.push(
        `${known.key}: ${field} ${value} of ${known.write} and of ${owner}, which had ${known[field]}`,
      )
      return
    }
    known[field] = value
    this.#owner.set(`${field} ${value}`, known.write)
  }
}
