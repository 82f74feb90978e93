// `npm run mutants`: breaks, one at a time, the functions that decide what is told of a write, and sees that a Rust test fails each
// time. What stands after `--` goes to cargo-mutants, as in `npm run mutants -- --re recovery`. It takes an hour or so, and is no part of
// CI. Mutants that loop for ever are shown as timeouts: they are caught.
import { existsSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cache, output, run, runLogged, script, ScriptError } from './run.mjs'

const VERSION = '27.1.0'
const tools = join(cache, 'tools')
const reports = join(cache, 'mutants')
const env = { ...process.env, PATH: [join(tools, 'bin'), process.env.PATH].join(delimiter) }

/** The modules of attempts, recovery and classification, by package. */
const modules = {
  's3-store-core': [
    'attempts',
    'backoff',
    'fate',
    'outcome',
    'recovery',
    'verification',
    'verification/*',
    'versions',
    'write_id',
  ].map((name) => `core/src/${name}.rs`),
  's3-store-native': ['src/wire/clock.rs', 'src/wire/errors.rs'],
}

await script(async () => {
  await install()
  mkdirSync(reports, { recursive: true })
  const survived = []
  for (const [name, files] of Object.entries(modules)) {
    try {
      await run('cargo', ['mutants', ...argumentsFor(name, files), ...process.argv.slice(2)], { env })
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      survived.push(name)
    }
  }
  if (survived.length > 0) throw new ScriptError(`Not every mutant was caught in ${survived.join(', ')}: see above.`)
})

/**
 * @param {string} name
 * @param {string[]} files
 */
function argumentsFor(name, files) {
  return [
    `--package=${name}`,
    `--test-package=${name}`,
    `--output=${join(reports, name)}`,
    ...files.map((file) => `--file=${file}`),
  ]
}

async function install() {
  const program = join(tools, 'bin', process.platform === 'win32' ? 'cargo-mutants.exe' : 'cargo-mutants')
  if (existsSync(program) && (await output(program, ['mutants', '--version'])).includes(VERSION)) return
  await runLogged('install-cargo-mutants', 'installing cargo-mutants (about 2 minutes, once)', 'cargo', [
    'install',
    '--locked',
    `--root=${tools}`,
    `cargo-mutants@${VERSION}`,
  ])
}
