// What a version is, and what can be wrong with one.

/**
 * @template [T=any]
 * @typedef {{ version: number, id: string, time: string, note: string, value: T }} Version `time` is by the publisher's clock, the
 * `id` of this publication alone
 */

/** Somebody else has published. Nothing was written. */
export class VersionConflictError extends Error {
  /** @param {number} expected @param {Version | undefined} current what to look at now */
  constructor(expected, current) {
    super(`expected version ${expected}, found ${current?.version ?? 0}`)
    this.name = 'VersionConflictError'
    this.current = current
  }
}

/** What is there is no valid version: it was put there by hand, or under another schema. */
export class InvalidVersionError extends Error {
  /** @param {string} key @param {unknown} cause */
  constructor(key, cause) {
    super(`${key} is no valid version: ${cause instanceof Error ? cause.message : cause}`, { cause })
    this.name = 'InvalidVersionError'
  }
}

/** There is no such version, or none at all yet. */
export class NoVersionError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message)
    this.name = 'NoVersionError'
  }
}

/** @param {string} text @param {string} key where it was @returns {Version} */
export function parsed(text, key) {
  try {
    const { version, id, time, note, value } = JSON.parse(text)
    if (!Number.isInteger(version) || version < 1 || typeof id !== 'string') throw new TypeError('no version, or no id')
    return { version, id, time, note, value }
  } catch (error) {
    throw new InvalidVersionError(key, error)
  }
}

/** @param {unknown} error @param {string} name */
export const isNamed = (error, name) => error instanceof Error && error.name === name
