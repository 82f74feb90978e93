// What was measured, and on what.
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { output, root } from '../../scripts/run.mjs'
import { clients } from '../clients/index.mjs'
import { bench } from './paths.mjs'

/** The version of a package of bench/. @param {string} name @returns {string} */
export function versionOf(name) {
  return JSON.parse(readFileSync(join(bench, 'node_modules', name, 'package.json'), 'utf8')).version
}

/** @returns {Promise<Record<string, string>>} */
export async function versions() {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const packages = Object.values(clients).flatMap((client) => (client.package ? [client.package] : []))
  const commit = (await output('git', ['describe', '--always', '--dirty', '--exclude', '*'])).trim()
  return {
    'Node.js': process.versions.node,
    [own.name]: `${own.version} (${commit})`,
    ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
  }
}

export function machine() {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim(),
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}, ${distribution()}`,
  }
}

function distribution() {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
  } catch {
    return 'of unknown distribution'
  }
}
