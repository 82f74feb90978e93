// How every script starts other programs: either with the terminal of their own, or quietly, with the output in a log file.
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { once } from 'node:events'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the clone. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Everything the scripts write and git ignores: logs, packed tarballs, the test-hooks addon. */
export const cache = join(root, '.cache')

const PROGRESS_MS = 10_000
const LINES_ON_FAILURE = 40

/** A failure that needs no stack: its message is all that the reader of a terminal should see. */
export class ScriptError extends Error {}

/**
 * Whether the module at `url` is the script that Node was started with.
 * @param {string} url
 */
export function isMain(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url)
}

/**
 * Runs `main` as the body of a script: a failure is printed and becomes the exit code.
 * @param {() => Promise<void>} main
 */
export async function script(main) {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof ScriptError ? `\n${error.message}` : error)
    process.exitCode = 1
  }
}

/**
 * Runs a program whose output belongs on the terminal.
 * `onLine` sees each line of its standard output too. Gives the exit code, which is one of `accepted`.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void, accepted?: number[] }} [options]
 */
export async function run(command, args, { cwd = root, env = process.env, onLine, accepted = [0] } = {}) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'inherit'] })
  if (onLine && child.stdout) {
    splitLines(child.stdout, onLine)
    child.stdout.pipe(process.stdout, { end: false })
  }
  const failure = await ended(child, accepted)
  if (failure) throw new ScriptError(`${shown(command, args)} ${failure}`)
  return child.exitCode
}

/**
 * Runs a long program quietly: its output goes to `.cache/logs/<name>.log`, the terminal gets a line every ten seconds,
 * and the end of the log when the program fails.
 * @param {string} name of the log
 * @param {string} title what the reader is waiting for
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export async function runLogged(name, title, command, args, { cwd = root, env = process.env } = {}) {
  const log = logFile(name)
  const out = createWriteStream(log)
  out.write(`$ ${shown(command, args)}\n`)
  const started = Date.now()
  let last = ''
  console.log(`${title} …`)
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(out, { end: false })
    splitLines(stream, (line) => {
      if (line.trim() !== '') last = line.trim()
    })
  }
  const timer = setInterval(() => {
    console.log(`  ${seconds(started)} ${title}: ${last.slice(0, 80)}`)
  }, PROGRESS_MS)
  const failure = await ended(child)
  clearInterval(timer)
  out.end()
  await once(out, 'close')
  if (failure) {
    const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LINES_ON_FAILURE)
    throw new ScriptError(
      `${tail.join('\n')}\n\n${title}: ${shown(command, args)} ${failure}. All of it: ${relative(root, log)}`,
    )
  }
  console.log(`${title}: done in ${seconds(started)}`)
}

/**
 * What a program prints on its standard output.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export async function output(command, args, { cwd = root, env = process.env } = {}) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  const failure = await ended(child)
  if (failure) throw new ScriptError(`${stderr}${shown(command, args)} ${failure}`)
  return stdout
}

/**
 * The path of a log file, its folder made.
 * @param {string} name
 */
export function logFile(name) {
  const folder = join(cache, 'logs')
  mkdirSync(folder, { recursive: true })
  return join(folder, `${name}.log`)
}

/**
 * The npm that runs this script, or the one on PATH, as a command and its first arguments.
 * @returns {[string, string[]]}
 */
export function npm() {
  const running = process.env.npm_execpath
  // Under yarn or pnpm the variable names that program, which reads another lockfile.
  if (running && /npm-cli\.c?js$/.test(running)) return [process.execPath, [running]]
  // On Windows npm is a batch file, which only a shell can start.
  return process.platform === 'win32' ? ['cmd.exe', ['/d', '/s', '/c', 'npm']] : ['npm', []]
}

/**
 * The script behind a command of an installed development dependency, to be run with Node: no shell, no `.bin` links.
 * @param {string} packageName
 * @param {string} command
 */
export function commandOf(packageName, command = packageName) {
  const folder = join(root, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[command])
}

/** @param {number} since */
function seconds(since) {
  const total = Math.round((Date.now() - since) / 1000)
  return total < 60 ? `${total} s` : `${Math.floor(total / 60)} min ${total % 60} s`
}

/** @param {string} command @param {string[]} args */
function shown(command, args) {
  return [command === process.execPath ? 'node' : command, ...args.map((arg) => relativeToRoot(arg))].join(' ')
}

/** @param {string} arg */
function relativeToRoot(arg) {
  return arg.startsWith(root) ? relative(root, arg) || '.' : arg
}

/** @param {import('node:stream').Readable} stream @param {(line: string) => void} onLine */
function splitLines(stream, onLine) {
  let rest = ''
  stream.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
  stream.on('end', () => rest && onLine(rest))
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {number[]} accepted exit codes
 * @returns {Promise<string | undefined>} how it failed
 */
function ended(child, accepted = [0]) {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started (${error.message})`))
    child.once('close', (code, signal) => {
      if (code !== null && accepted.includes(code)) resolve(undefined)
      else resolve(signal ? `was ended by ${signal}` : `failed with exit code ${code}`)
    })
  })
}
