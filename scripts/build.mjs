// Builds what is written in Rust. `npm run build` makes the release build of the addon alone; what stands after `--` goes to
// `napi build`, as in `npm run build -- --use-napi-cross`.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { profileArguments } from '../pgo/use.mjs'
import { setup } from './setup.mjs'
import { cache, commandOf, isMain, output, root, runLogged, script } from './run.mjs'

/**
 * The cargo profile of the addon. `S3_STORE_PROFILE=dev` makes a debug build, for a short way from a change to its test.
 */
const addonProfile = process.env.S3_STORE_PROFILE ?? 'release'

/** Where the addon with the cargo feature `test-hooks` goes: never beside the one that is packed. */
export const hooksAddon = join(cache, 'test-hooks', 's3-store-native.node')

/**
 * Builds the addon into the root of the clone, with its loader native.cjs and the loader's types native.d.cts.
 * @param {{ profile?: string, args?: string[] }} [options] more arguments for `napi build`
 */
export async function buildAddon({ profile = addonProfile, args = [] } = {}) {
  const title = `building the addon (${profile} profile${profile === 'release' ? ', about 5 minutes the first time' : ''})`
  await runLogged('build-addon', title, process.execPath, [
    commandOf('@napi-rs/cli', 'napi'),
    'build',
    '--platform',
    // The CLI looks for the outcome of `--profile=dev` in a folder of that name; cargo calls it debug.
    ...(profile === 'dev' ? [] : [`--profile=${profile}`]),
    '--js=native.cjs',
    '--dts=native.d.cts',
    ...args,
    '--',
    '--locked',
    ...(profile === 'release' ? await profileArguments() : []),
  ])
}

/**
 * Builds the addon that has the hook of the panic test. Always in the dev profile, whose dependencies `cargo test` needs too.
 */
export async function buildHooksAddon() {
  await runLogged('build-test-hooks', 'building the addon with test hooks (dev profile)', 'cargo', [
    'build',
    '--locked',
    '--package=s3-store-native',
    '--features=test-hooks',
  ])
  mkdirSync(join(cache, 'test-hooks'), { recursive: true })
  // A loaded library that is overwritten in place takes its process down; a new file does not.
  rmSync(hooksAddon, { force: true })
  copyFileSync(join(await targetFolder(), 'debug', libraryName('s3_store_native')), hooksAddon)
}

/** Builds the development server. @returns {Promise<string>} the path of the program */
export async function buildDevServer() {
  await runLogged('build-dev-server', 'building the development server', 'cargo', [
    'build',
    '--locked',
    '--profile=dev-server',
    '--package=s3-store-dev-server',
  ])
  const program = process.platform === 'win32' ? 's3-store-dev-server.exe' : 's3-store-dev-server'
  return join(await targetFolder(), 'dev-server', program)
}

/** The `cargo test` commands of the workspace. Each shares its dependencies with a build above. */
export const rustTestCommands = [
  ['test', '--locked', '--package=s3-store-core'],
  ['test', '--locked', '--package=s3-store-native'],
  ['test', '--locked', '--package=s3-store-dev-server', '--profile=dev-server'],
]

/** Builds the Rust tests, so that running them is only that. */
export async function buildRustTests() {
  for (const args of rustTestCommands) {
    const name = args[2].replace('--package=', '')
    await runLogged(`build-tests-${name}`, `building the tests of ${name}`, 'cargo', [...args, '--no-run'])
  }
}

/** Where cargo builds: CARGO_TARGET_DIR and the user's own cargo configuration can move it. */
async function targetFolder() {
  const metadata = await output('cargo', ['metadata', '--locked', '--no-deps', '--format-version', '1'])
  return JSON.parse(metadata).target_directory
}

/** The file that cargo makes of a `cdylib`. @param {string} name */
export function libraryName(name) {
  if (process.platform === 'win32') return `${name}.dll`
  return process.platform === 'darwin' ? `lib${name}.dylib` : `lib${name}.so`
}

if (isMain(import.meta.url)) {
  await script(async () => {
    await setup()
    await buildAddon({ args: process.argv.slice(2) })
    console.log(`The addon is in ${root}.`)
  })
}
