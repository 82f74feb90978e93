// Whether what was written down can have been: Porcupine on the requests first, then on the calls.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { cache, output, root, ScriptError } from '../scripts/run.mjs'

/** @typedef {import('./server-history.mjs').Operation} Operation */
/**
 * As checker/judge.go has it.
 * @typedef {object} Verdict
 * @property {number} operations
 * @property {number} keys
 * @property {number} longest
 * @property {{ key: string, witness: Operation[], picture?: string }[]} violations
 * @property {string[]} createdOver
 * @property {string[]} unknown
 */

const folder = join(root, 'torture', 'checker')

/** Builds the checker, with Go. @returns {Promise<string>} its program */
export async function buildChecker() {
  const program = join(cache, 'torture', process.platform === 'win32' ? 'checker.exe' : 'checker')
  mkdirSync(join(cache, 'torture'), { recursive: true })
  await output('go', ['build', '-o', program, '.'], { cwd: folder })
  return program
}

/**
 * @param {string} program the checker
 * @param {Operation[]} operations
 * @param {{ deletesAbsent: boolean, createsOver: boolean, pictures: string }} options
 * @returns {Promise<Verdict>}
 */
export async function judge(program, operations, { deletesAbsent, createsOver, pictures }) {
  mkdirSync(pictures, { recursive: true })
  const rules = [...(deletesAbsent ? ['-deletes-absent'] : []), ...(createsOver ? ['-creates-over'] : [])]
  const args = ['-pictures', pictures, ...rules]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {})
  child.stdin.end(operations.map((operation) => `${JSON.stringify(operation)}\n`).join(''))
  const printed = await text(child.stdout)
  if (printed === '') throw new ScriptError('the checker found no verdict')
  return JSON.parse(printed)
}
