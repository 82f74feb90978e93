// wrk, which is no client of S3: the least that a GET costs a process, with no Node.js, no signature and no look at the answer.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { output } from '../../scripts/run.mjs'
import { debianEnvironment, debianProgram } from '../servers/debian.mjs'
import { ClientError } from './child.mjs'

const MICROS = { us: 1, ms: 1000, s: 1_000_000 }

export async function wrkVersion() {
  const text = await output('sh', ['-c', '"$0" -v; true', await debianProgram('wrk')], { env: debianEnvironment() })
  return /wrk \S*?([\d.]+\S*)/.exec(text)?.[1] ?? 'of unknown version'
}

/**
 * @param {import('../servers/index.mjs').Target} target
 * @param {import('../process/operations.mjs').Work} work
 * @param {number} ms
 * @returns {Promise<import('../process/measure.mjs').Figures>}
 */
export async function wrkRound({ place }, { size, inFlight }, ms) {
  const url = `${place.endpoint}/${place.bucket}/get-${size}`
  const seconds = Math.max(1, Math.round(ms / 1000))
  // Only a shell tells what a program has used once it is gone.
  const script = `TIMEFORMAT='cpu %U %S'; time "$@"`
  const args = [await debianProgram('wrk'), '-t1', `-c${inFlight}`, `-d${seconds}s`, '--latency', url]
  const child = spawn('bash', ['-c', script, 'bash', ...args], { env: debianEnvironment() })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece) => (text += piece))
  await once(child, 'close')
  return readReport(text)
}

/** @param {string} text */
function readReport(text) {
  const requests = Number(/(\d+) requests in/.exec(text)?.[1])
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(text) ?? []
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1])
  if (!requests || !rate || /Non-2xx/.test(text)) throw new ClientError({ name: 'wrk', message: text })
  const cpu = ((Number(user) + Number(system)) * 1_000_000) / requests
  const latency = (part) => {
    const [, value, unit] = new RegExp(`${part}%\\s+([\\d.]+)(us|ms|s)`).exec(text) ?? []
    return Number(value) * MICROS[unit]
  }
  const wall = 1_000_000 / rate
  return { operations: requests, cpu, loop: cpu, active: cpu, wall, p50: latency(50), p99: latency(99) }
}
