// Packs what is published: the root package and the package of this platform, or with --all those of every platform.
// Nothing here publishes anything. Usage: node scripts/pack.mjs [--out FOLDER] [--all] [--addons FOLDER]
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.mjs'
import { thirdPartyNotices } from './notices.mjs'
import { hostPlatform, platformManifest, platforms, platformsFolder } from './platforms.mjs'
import { cache, isMain, npm, output, root, ScriptError, script } from './run.mjs'

const LEGAL = new Set(['LICENSE', 'NOTICE', 'THIRD-PARTY-NOTICES'])
/** What bundle.mjs makes, instead of its being copied. */
const BUNDLED = 'lib/'

/**
 * Packs into `out`, emptied first.
 * @param {{ out: string, chosen?: string[], addons?: string }} options the platforms, and the folder with their addons
 * @returns {Promise<{ root: string, platforms: Record<string, string> }>} the paths of the tarballs
 */
export async function pack({ out, chosen = [hostPlatform()], addons = root }) {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const notices = await thirdPartyNotices()
  const work = mkdtempSync(join(tmpdir(), 's3-store-native-pack-'))
  try {
    /** @type {Record<string, string>} */
    const packed = {}
    for (const platform of chosen) packed[platform] = await packPlatform(platform, { addons, notices, work, out })
    return { root: await packRoot({ notices, work, out }), platforms: packed }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** @typedef {{ notices: string, work: string, out: string }} Place */

/** @param {Place} place */
async function packRoot({ notices, work, out }) {
  const manifest = readManifest()
  const folder = join(work, 'root')
  for (const name of manifest.files) {
    if (!LEGAL.has(name) && name !== BUNDLED) copy(join(root, name), join(folder, name))
  }
  writeFileSync(join(folder, 'README.md'), readmeFromAfar(readFileSync(join(root, 'README.md'), 'utf8'), repository()))
  await bundle(folder, manifest.engines.node.replace('>=', ''))
  // What is for developing the package alone would only mislead in an installed copy.
  const { scripts: _scripts, devDependencies: _dev, overrides: _overrides, napi: _napi, ...published } = manifest
  return npmPack(
    folder,
    { ...withRepository(published), optionalDependencies: everyPlatform(manifest.version) },
    notices,
    out,
  )
}

/**
 * @param {string} platform
 * @param {Place & { addons: string }} place
 */
async function packPlatform(platform, { addons, notices, work, out }) {
  const manifest = platformManifest(platform)
  const folder = join(work, platform)
  copy(join(addons, manifest.main), join(folder, manifest.main))
  copy(join(platformsFolder, platform, 'README.md'), join(folder, 'README.md'))
  const files = [...manifest.files, 'NOTICE', 'THIRD-PARTY-NOTICES']
  return npmPack(folder, { ...withRepository(manifest), files }, notices, out)
}

/**
 * @param {string} folder
 * @param {Record<string, unknown>} manifest
 * @param {string} notices
 * @param {string} out
 */
async function npmPack(folder, manifest, notices, out) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  for (const name of ['LICENSE', 'NOTICE']) copy(join(root, name), join(folder, name))
  writeFileSync(join(folder, 'THIRD-PARTY-NOTICES'), notices)
  const [command, args] = npm()
  const options = ['pack', '--json', '--ignore-scripts', `--pack-destination=${out}`]
  const [{ filename }] = JSON.parse(await output(command, [...args, ...options], { cwd: folder }))
  return join(out, filename)
}

/** Exactly this version of each platform's package: the addon and the JavaScript above it are one program. @param {string} version */
function everyPlatform(version) {
  return Object.fromEntries(platforms().map((platform) => [platformManifest(platform).name, version]))
}

/**
 * The README as it is read where the rest of the repository isn't: its links into that lead there, or nowhere where the
 * repository's address is not known. Its pictures come from there, or not at all.
 * @param {string} text
 * @param {string | undefined} address
 */
export function readmeFromAfar(text, address) {
  return text
    .replace(/!\[([^\]]+)\]\((?!https:)([^)]+)\)\n+/g, (picture, _, path) =>
      address ? picture.replace(path, `${address}/raw/HEAD/${path}`) : '',
    )
    .replace(/\[([^\]]+)\]\((?!https:|#)([^)]+)\)/g, (_, words, path) =>
      address ? `[${words}](${address}/blob/HEAD/${path})` : words,
    )
}

/** Where the repository is, as far as CI says so. */
function repository() {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env
  return server && name ? `${server}/${name}` : undefined
}

/**
 * npm compares a package's `repository` with the one that a trusted publisher runs in.
 * @param {Record<string, unknown>} manifest
 */
function withRepository(manifest) {
  const address = repository()
  return address ? { ...manifest, repository: { type: 'git', url: `git+${address}.git` } } : manifest
}

function readManifest() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
}

/** @param {string} from @param {string} to */
function copy(from, to) {
  if (!existsSync(from)) throw new ScriptError(`${from} is missing: it belongs into a package.`)
  cpSync(from, to, { recursive: true })
}

function readArguments() {
  try {
    return parseArgs({ options: { out: { type: 'string' }, all: { type: 'boolean' }, addons: { type: 'string' } } })
      .values
  } catch (error) {
    const { message } = /** @type {Error} */ (error)
    throw new ScriptError(`${message}\nUsage: node scripts/pack.mjs [--out FOLDER] [--all] [--addons FOLDER]`)
  }
}

if (isMain(import.meta.url)) {
  await script(async () => {
    const values = readArguments()
    const packed = await pack({
      out: resolve(values.out ?? join(cache, 'packed')),
      chosen: values.all ? platforms() : [hostPlatform()],
      addons: resolve(values.addons ?? root),
    })
    for (const tarball of [...Object.values(packed.platforms), packed.root]) console.log(tarball)
  })
}
