// The platforms that the addon is built for, and which of them this is.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run.mjs'

/** The folder with a package.json for each platform, written by `napi create-npm-dirs`. */
export const platformsFolder = join(root, 'npm')

/** The names of the platforms: `linux-x64-gnu` and so on. */
export function platforms() {
  return readdirSync(platformsFolder).toSorted()
}

/** The manifest of a platform's package. @param {string} platform */
export function platformManifest(platform) {
  return JSON.parse(readFileSync(join(platformsFolder, platform, 'package.json'), 'utf8'))
}

/** The name of the platform that this process runs on, in the words of the napi CLI. */
export function hostPlatform() {
  const { platform, arch } = process
  if (platform === 'linux') return `${platform}-${arch}-${isGlibc() ? 'gnu' : 'musl'}`
  return platform === 'win32' ? `${platform}-${arch}-msvc` : `${platform}-${arch}`
}

function isGlibc() {
  const report = /** @type {any} */ (process.report.getReport())
  return Boolean(report.header.glibcVersionRuntime)
}
