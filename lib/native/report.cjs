'use strict'

// What the addon says of calls, as src/completion.rs writes it: bytes, in which each call has a record of five numbers and then a text.
// To read it here costs less than to have the addon make a value of each part, and most of a text is never read.

const NUMBER = 4
const RECORD = 5 * NUMBER
const OK = 1
const HAS_ETAG = 2
const HAS_BODY = 4

/** What the addon says of one call. */
class Report {
  #bytes
  #flags
  #etagAt
  #headAt
  #bodyAt
  #end
  #apart

  /**
   * @param {Buffer} bytes of several calls
   * @param {number} record where its numbers are
   * @param {number} start where its text begins
   * @param {unknown} apart its body, if that is not in the text
   */
  constructor(bytes, record, start, apart) {
    this.call = bytes.readUInt32LE(record)
    this.#flags = bytes.readUInt32LE(record + NUMBER)
    this.#bytes = bytes
    this.#etagAt = start
    this.#headAt = start + bytes.readUInt32LE(record + 2 * NUMBER)
    this.#bodyAt = this.#headAt + bytes.readUInt32LE(record + 3 * NUMBER)
    this.#end = this.#bodyAt + bytes.readUInt32LE(record + 4 * NUMBER)
    this.#apart = apart
  }

  /** Whether it succeeded. */
  get ok() {
    return (this.#flags & OK) !== 0
  }

  /** @returns {string | undefined} */
  get etag() {
    return this.#flags & HAS_ETAG ? this.#bytes.toString('utf8', this.#etagAt, this.#headAt) : undefined
  }

  /** What else there is to know, as a rule JSON. */
  get head() {
    return this.#bytes.toString('utf8', this.#headAt, this.#bodyAt)
  }

  /**
   * A buffer, which may share its memory with others, or what it is to be read from.
   * @returns {any}
   */
  get body() {
    return this.#flags & HAS_BODY ? this.#bytes.subarray(this.#bodyAt, this.#end) : this.#apart
  }

  /** Where the text of the next one begins. */
  get end() {
    return this.#end
  }
}

/**
 * @param {any[]} batch bytes and then an array of the bodies that are not in them, or nothing; and so on
 * @param {(report: Report) => void} hear
 */
function readBatch(batch, hear) {
  for (let at = 0; at < batch.length; at += 2) {
    const [bytes, apart] = [batch[at], batch[at + 1]]
    const count = bytes.readUInt32LE(0)
    let text = NUMBER + count * RECORD
    for (let one = 0; one < count; one += 1) {
      const report = new Report(bytes, NUMBER + one * RECORD, text, apart?.[one])
      text = report.end
      hear(report)
    }
  }
}

module.exports = { Report, readBatch }
