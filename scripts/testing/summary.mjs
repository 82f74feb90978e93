// What the last screen of `npm test` says.

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

export class Summary {
  /** @type {(Counts & { title: string })[]} */
  #parts = []
  /** @type {import('../servers/index.mjs').Descriptor[]} */
  #servers = []
  /** @type {{ name: string, reason: string }[]} */
  #missing = []

  /** @param {string} title @param {Counts} counts */
  add(title, counts) {
    this.#parts.push({ title, ...counts })
  }

  /**
   * @param {import('../servers/index.mjs').Descriptor[]} servers
   * @param {{ name: string, reason: string }[]} missing
   */
  testedAgainst(servers, missing) {
    this.#servers = servers
    this.#missing = missing
  }

  get failed() {
    return this.#total('failed') > 0
  }

  /** Lines that say loudly what was not tested; none when everything was. */
  warnings() {
    if (this.#missing.length === 0) return []
    const rule = '!'.repeat(78)
    const lines = this.#missing.map(({ name, reason }) => `!! NOT TESTED against ${name}: ${reason}`)
    return [rule, ...lines, rule]
  }

  /** Ends with the plain line of the totals, alone. */
  print() {
    console.log('\nSummary')
    for (const part of this.#parts) console.log(`  ${part.title}: ${counted(part)}`)
    console.log('  Tested against:')
    for (const { name, version, endpoint } of this.#servers) console.log(`  - ${name} ${version} (${endpoint})`)
    for (const line of this.warnings()) console.log(line)
    const total = { passed: this.#total('passed'), failed: this.#total('failed'), skipped: this.#total('skipped') }
    console.log(`\n${counted(total)}`)
  }

  /** @param {keyof Counts} field */
  #total(field) {
    return this.#parts.reduce((sum, part) => sum + part[field], 0)
  }
}

/** @param {Counts} counts */
function counted({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
