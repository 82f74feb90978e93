// What keeps a torture from being made here.
import { spawnSync } from 'node:child_process'
import { obstacle as noNamespace } from './namespace.mjs'

/**
 * Why a part can't be made here; nothing where it can.
 * @param {string} part
 * @returns {string | undefined}
 */
export function obstacleOf(part) {
  if (process.platform === 'win32') return 'it needs signals, which Windows does not have'
  if (spawnSync('go', ['version']).status !== 0) return 'it needs Go (https://go.dev/dl)'
  return part === 'cluster' ? noNamespace() : undefined
}

/** What `npm test` can't do of the torture here, and why. */
export function missingTorture() {
  const parts = { checker: 'any server under torture', cluster: 'a cluster under torture' }
  for (const [part, name] of Object.entries(parts)) {
    const reason = obstacleOf(part)
    if (reason) return [{ name, reason }]
  }
  return []
}
