// What a fresh clone needs before anything else can run. Nothing is installed yet when this file is loaded: it imports only
// what Node itself has.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const NODE = [20, 19]

/** Checks the toolchains and installs the development dependencies, if the lockfile changed since the last time. */
export async function setup() {
  checkToolchains()
  await installPackages()
}

/**
 * Builds the addon into the root of the clone. See build.mjs.
 * @param {{ profile?: string, args?: string[] }} [options]
 */
export async function buildAddon(options) {
  const build = await import('./build.mjs')
  await build.buildAddon(options)
}

/** Ends the process with one message that names everything that is missing. */
function checkToolchains() {
  const missing = [checkNode(), checkRust(), checkCompiler()].filter((message) => message !== undefined)
  if (missing.length === 0) return
  console.error(`This needs a few tools that were not found:\n${missing.map((message) => `  - ${message}`).join('\n')}`)
  process.exit(1)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > NODE[0] || (major === NODE[0] && minor >= NODE[1])) return undefined
  return `Node.js ${NODE.join('.')} or later; this is ${process.versions.node}.`
}

function checkRust() {
  const wanted = /^rust-version = "([\d.]+)"/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))?.[1] ?? '1.85'
  const install = 'Install it with rustup (https://rustup.rs) and open a new shell.'
  if (versionOf('cargo') === undefined) return `Rust ${wanted} or later: there is no cargo on PATH. ${install}`
  const found = /\d+\.\d+\.\d+/.exec(versionOf('rustc') ?? '')?.[0]
  if (found === undefined)
    return `Rust ${wanted} or later: there is a cargo on PATH, but rustc does not run. ${install}`
  if (isOlder(found, wanted)) return `Rust ${wanted} or later; this is ${found}. Run: rustup update stable`
  return undefined
}

function checkCompiler() {
  // On Windows the C compiler is not on PATH: cargo finds Visual Studio's by itself, and says so when there is none.
  if (process.platform === 'win32') return undefined
  const compilers = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang']
  if (compilers.some((compiler) => versionOf(compiler) !== undefined)) return undefined
  const how = process.platform === 'darwin' ? 'xcode-select --install' : 'for example: apt-get install build-essential'
  return `A C compiler: none of ${compilers.join(', ')} runs (${how}).`
}

/** @param {string} command @returns {string | undefined} */
function versionOf(command) {
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout : undefined
}

/** @param {string} found @param {string} wanted */
function isOlder(found, wanted) {
  const [a, b] = [found, wanted].map((version) => version.split('.').map(Number))
  for (const [index, part] of b.entries()) {
    if ((a[index] ?? 0) !== part) return (a[index] ?? 0) < part
  }
  return false
}

async function installPackages() {
  const stamp = join(root, 'node_modules', '.package-lock.sha256')
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const { npm, runLogged } = await import('./run.mjs')
  const [command, args] = npm()
  await runLogged('npm-ci', 'installing the development dependencies', command, [
    ...args,
    'ci',
    '--include=dev',
    '--ignore-scripts',
  ])
  writeFileSync(stamp, wanted)
}

// Run by itself: `node scripts/setup.mjs`.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { script } = await import('./run.mjs')
  await script(setup)
}
