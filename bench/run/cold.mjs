// A cold start: a fresh process each time, from before the import of the client to the end of its first read.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { clients } from '../clients/index.mjs'
import { ClientError, clientEnvironment, runtimeOf } from './child.mjs'
import { bench } from './paths.mjs'

/**
 * @param {string[]} names
 * @param {number} rounds
 * @param {import('../servers/index.mjs').Target} target
 * @returns {Promise<import('./scenario.mjs').Measured[]>}
 */
export async function coldStarts(names, rounds, target) {
  /** @type {import('./scenario.mjs').Measured[]} */
  const measured = names.map((client) => ({ client, rounds: [] }))
  // The first round only fills the file cache.
  for (let round = 0; round <= rounds; round += 1) {
    for (const one of measured) {
      if (one.error) continue
      try {
        const figures = await coldStart(one.client, target)
        if (round > 0) one.rounds.push(figures)
      } catch (error) {
        if (!(error instanceof ClientError)) throw error
        one.error = error.message
      }
    }
  }
  return measured
}

/** @param {string} name @param {import('../servers/index.mjs').Target} target */
async function coldStart(name, { place, authority }) {
  const { module = '', options = {} } = clients[name]
  const args = [join(bench, 'process/cold.mjs'), name, module, JSON.stringify(place), JSON.stringify(options)]
  const child = spawn(runtimeOf(name), args, { env: clientEnvironment(authority) })
  let text = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (piece) => (text += piece))
  child.stderr.setEncoding('utf8').on('data', (piece) => (errors += piece))
  const [code] = await once(child, 'close')
  if (code !== 0) {
    const message = errors.split('\n').find((line) => /Error/.test(line)) ?? `exit code ${code}`
    throw new ClientError({ name: 'cold', message })
  }
  const { wall, cpu } = JSON.parse(text)
  return { operations: 1, wall, cpu, loop: Number.NaN, active: Number.NaN, p50: wall, p99: wall }
}
