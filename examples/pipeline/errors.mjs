// How a pipeline says no.

/** The stage has not committed, or not yet. There is nothing of it to be read. */
export class NotCommittedError extends Error {
  /** @param {string} stage @param {string} run */
  constructor(stage, run) {
    super(`${stage} of ${run} is not committed`)
    Object.assign(this, { name: 'NotCommittedError', code: 'NOT_COMMITTED' })
  }
}

/** While the stage was running its parts were taken for abandoned, and swept. Nothing was committed: run it again. */
export class SweptError extends Error {
  /** @param {string} stage @param {string} run */
  constructor(stage, run) {
    super(`${stage} of ${run} was swept while it was running`)
    Object.assign(this, { name: 'SweptError', code: 'SWEPT' })
  }
}

/** What is there is not what was committed. */
export class IntegrityError extends Error {
  /** @param {string} part @param {string} key @param {string} problem */
  constructor(part, key, problem) {
    super(`${part} (${key}) ${problem}`)
    Object.assign(this, { name: 'IntegrityError', code: 'INTEGRITY' })
    this.part = part
    this.key = key
  }
}
