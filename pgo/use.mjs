// Which profile a build of the addon is made with.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { cache, output, root } from '../scripts/run.mjs'

/** @typedef {{ host: string, release: string, commit: string, llvm: string }} Compiler */

/** What `rustc -vV` says of the compiler and its host. @returns {Promise<Compiler>} */
export async function compiler() {
  const lines = (await output('rustc', ['-vV'])).split('\n')
  const field = (/** @type {string} */ name) =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
  return { host: field('host'), release: field('release'), commit: field('commit-hash'), llvm: field('LLVM version') }
}

/** What cargo takes flags from before it looks at those of a target, so that a profile would have no effect. */
const FLAGS = ['CARGO_ENCODED_RUSTFLAGS', 'RUSTFLAGS', 'CARGO_BUILD_RUSTFLAGS']

/** The variable that keeps flags of a target from being heard, if there is one. */
export function otherFlags() {
  return FLAGS.find((name) => process.env[name])
}

/**
 * The path of the committed profile for a target and a compiler, whether or not there is one.
 * @param {Compiler} compiler
 */
export function committedProfile({ host, release, commit }) {
  return join(root, 'pgo', `${host}-rustc-${release}-${commit.slice(0, 9)}.profdata.br`)
}

/** What cargo is told of the profile for this machine; nothing where there is none. @returns {Promise<string[]>} */
export async function profileArguments() {
  const found = await compiler()
  const committed = committedProfile(found)
  const hindrance = existsSync(committed) ? otherFlags() : `${basename(committed)} (there is none)`
  console.log(hindrance ? `no profile, because of ${hindrance}` : `with the profile pgo/${basename(committed)}`)
  return hindrance ? [] : rustflags(found.host, `-Cprofile-use=${unpacked(committed)}`)
}

/**
 * One more of a target's flags, also where its path has a space in it.
 * @param {string} target
 * @param {string} flag
 */
export function rustflags(target, flag) {
  return ['--config', `target.${target}.rustflags=[${JSON.stringify(flag)}]`]
}

/**
 * Its name changes with what is in it: cargo compares the flags and not the file.
 * @param {string} committed
 */
function unpacked(committed) {
  const packed = readFileSync(committed)
  const folder = join(cache, 'pgo')
  const path = join(folder, `${createHash('sha256').update(packed).digest('hex').slice(0, 16)}.profdata`)
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true })
    const part = `${path}.${process.pid}`
    writeFileSync(part, brotliDecompressSync(packed))
    renameSync(part, path)
  }
  return path
}
