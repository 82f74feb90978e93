// What is measured, as its users get it: the peers at the versions of bench/package-lock.json, and ours as it would be published.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pack } from '../../scripts/pack.mjs'
import { hostPlatform, platformManifest } from '../../scripts/platforms.mjs'
import { npm, output, runLogged } from '../../scripts/run.mjs'
import { bench, benchCache } from './paths.mjs'

const modules = join(bench, 'node_modules')

export async function installPeers() {
  const stamp = join(modules, '.package-lock.sha256')
  const lock = readFileSync(join(bench, 'package-lock.json'))
  const wanted = createHash('sha256').update(lock).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const [command, args] = npm()
  const title = 'installing what is measured against'
  // Not `npm ci`: that refuses a lockfile without opendal's packages for other platforms, which not every registry has.
  await runLogged('npm-bench', title, command, [...args, 'install', '--no-save', '--ignore-scripts'], { cwd: bench })
  writeFileSync(stamp, wanted)
}

/**
 * Packs what is in this clone and unpacks it beside the peers.
 * @param {{ addon: boolean }} options whether there is an addon that was built here
 */
export async function installOurs({ addon }) {
  const packed = await pack({ out: join(benchCache, 'packed'), chosen: addon ? [hostPlatform()] : [] })
  await unpack('s3-store-native', packed.root)
  for (const [platform, tarball] of Object.entries(packed.platforms))
    await unpack(platformManifest(platform).name, tarball)
}

/** @param {string} name @param {string} tarball */
async function unpack(name, tarball) {
  const folder = join(modules, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await output('tar', ['--extract', '--gzip', '--strip-components=1', `--directory=${folder}`, `--file=${tarball}`])
}
