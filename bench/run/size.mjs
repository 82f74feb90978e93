// How much is installed: the addon, and the mirrored package with all that it needs.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { npm, output, root } from '../../scripts/run.mjs'
import { dataFolder } from '../../scripts/servers/process.mjs'
import { versionOf } from './versions.mjs'

/** @returns {Promise<{ addon: number, gzipped: number, mirrored: { bytes: number, disk: number, files: number } }>} in bytes */
export async function sizes() {
  const addon = readFileSync(addonFile())
  return { addon: addon.length, gzipped: gzipSync(addon, { level: 9 }).length, mirrored: await mirroredPackage() }
}

function addonFile() {
  const given = process.env.NAPI_RS_NATIVE_LIBRARY_PATH
  if (given) return given
  const name = readdirSync(root).find((file) => /^s3-store-native\..*\.node$/.test(file))
  if (!name) throw new Error('there is no addon: npm run build')
  return join(root, name)
}

/** What `npm install @kessler/s3-store` leaves in node_modules. */
async function mirroredPackage() {
  const folder = dataFolder('mirrored')
  try {
    const wanted = ['@kessler/s3-store', '@aws-sdk/client-s3'].map((name) => [name, versionOf(name)])
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ private: true, dependencies: Object.fromEntries(wanted) }),
    )
    const [command, args] = npm()
    await output(command, [...args, 'install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
    return count(join(folder, 'node_modules'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string} folder */
function count(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const stats = files.map(({ parentPath, name }) => statSync(join(parentPath, name)))
  const bytes = stats.reduce((sum, { size }) => sum + size, 0)
  // Small files take whole blocks: what `du` says is what the disk loses.
  const disk = stats.reduce((sum, { blocks }) => sum + blocks * 512, 0)
  return { bytes, disk, files: files.length }
}
