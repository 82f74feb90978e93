// The peers, at the versions of bench/package-lock.json.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm, runLogged } from '../../scripts/run.mjs'
import { bench } from './paths.mjs'

export async function installPeers() {
  const stamp = join(bench, 'node_modules', '.package-lock.sha256')
  const lock = readFileSync(join(bench, 'package-lock.json'))
  const wanted = createHash('sha256').update(lock).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const [command, args] = npm()
  const title = 'installing what is measured against'
  // Not `npm ci`: that refuses a lockfile without opendal's packages for other platforms, which not every registry has.
  await runLogged('npm-bench', title, command, [...args, 'install', '--no-save', '--ignore-scripts'], { cwd: bench })
  writeFileSync(stamp, wanted)
}
