// `npm run mutants`: breaks, one at a time, the functions that decide what is told of a write, and sees that a Rust test fails each
// time. What stands after `--` goes to cargo-mutants, as in `npm run mutants -- --re recovery`. It takes some two hours, and is no part of
// CI. Mutants that loop for ever are shown as timeouts: they are caught.
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cache, output, run, runLogged, script, ScriptError } from './run.mjs'

const VERSION = '27.1.0'
const tools = join(cache, 'tools')
const reports = join(cache, 'mutants')
const env = { ...process.env, PATH: [join(tools, 'bin'), process.env.PATH].join(delimiter) }

/**
 * What cargo-mutants exits with once it has tried them all: all caught; some missed; some in time that ran out, whether or not
 * others were missed. https://mutants.rs/exit-codes.html
 */
const TRIED = [0, 2, 3]

/** The modules of attempts, recovery and classification, by package, and the seconds after which their tests run for ever. */
const packages = [
  {
    name: 's3-store-core',
    seconds: 60,
    files: [
      'attempts',
      'backoff',
      'fate',
      'head',
      'copy',
      'copy/*',
      'object',
      'outcome',
      'parts',
      'precondition',
      'range',
      'recovery',
      'until',
      'upload',
      'verification',
      'verification/*',
      'versions',
      'write_id',
    ].map((name) => `core/src/${name}.rs`),
  },
  {
    name: 's3-store-native',
    seconds: 120,
    files: ['answers', 'clock', 'errors', 'direct/list', 'direct/sign', 'direct/target'].map(
      (name) => `src/wire/${name}.rs`,
    ),
  },
]

await script(async () => {
  await install()
  mkdirSync(reports, { recursive: true })
  const own = process.argv.slice(2)
  const results = []
  for (const { name, seconds, files } of packages) {
    const started = Date.now()
    await run('cargo', ['mutants', ...argumentsFor(name, seconds, files, own), ...own], { env, accepted: TRIED })
    results.push({ name, ...counts(name, started) })
  }
  console.log()
  for (const { name, total, caught, timedOut, unviable, missed } of results) {
    const how = timedOut > 0 ? ` (${timedOut} of them in time that ran out)` : ''
    console.log(`${name}: ${total} mutants: ${caught} caught${how}, ${missed} missed, ${unviable} don't compile`)
  }
  const survived = results.filter(({ missed }) => missed > 0).map(({ name }) => name)
  if (survived.length > 0) throw new ScriptError(`Not every mutant was caught in ${survived.join(', ')}: see above.`)
})

/**
 * @param {string} name
 * @param {number} seconds
 * @param {string[]} files
 * @param {string[]} own the user's, which go before
 */
function argumentsFor(name, seconds, files, own) {
  return [
    `--package=${name}`,
    `--test-package=${name}`,
    `--output=${join(reports, name)}`,
    ...(own.some((argument) => /^(-t\d*|--timeout(=.*)?)$/.test(argument)) ? [] : [`--timeout=${seconds}`]),
    ...files.map((file) => `--file=${file}`),
  ]
}

/**
 * What became of the mutants of a run that began at `started`.
 * @param {string} name
 * @param {number} started
 */
function counts(name, started) {
  const outcomes = join(reports, name, 'mutants.out', 'outcomes.json')
  // Where nothing was to be tried, an earlier run's are there still.
  if (!existsSync(outcomes) || statSync(outcomes).mtimeMs < started) {
    return { total: 0, caught: 0, timedOut: 0, unviable: 0, missed: 0 }
  }
  const { total_mutants, caught, timeout, unviable, missed } = JSON.parse(readFileSync(outcomes, 'utf8'))
  return { total: total_mutants, caught: caught + timeout, timedOut: timeout, unviable, missed }
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
