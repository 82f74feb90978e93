// nginx and wrk: those on PATH, or Debian's packages, unpacked into `.servers/debian` and not installed.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { output, root, ScriptError } from '../../scripts/run.mjs'

const folder = join(root, '.servers', 'debian')
const packages = { nginx: ['nginx'], wrk: ['wrk', 'libluajit-5.1-2', 'libluajit-5.1-common'] }
const places = ['usr/sbin', 'usr/bin']

/**
 * @param {keyof typeof packages} name
 * @returns {Promise<string>} the path of the program
 */
export async function debianProgram(name) {
  const found = find(name) ?? (await unpack(name))
  if (found) return found
  throw new ScriptError(
    `there is no ${name} on PATH, and its Debian package could not be had (apt-get install ${name})`,
  )
}

/** The environment in which an unpacked program finds its unpacked libraries. @returns {NodeJS.ProcessEnv} */
export function debianEnvironment() {
  const libraries = [join(folder, 'usr/lib/x86_64-linux-gnu'), join(folder, 'usr/lib/aarch64-linux-gnu')]
  const own = process.env.LD_LIBRARY_PATH
  return { ...process.env, LD_LIBRARY_PATH: [...libraries, ...(own ? [own] : [])].join(delimiter) }
}

/** @param {string} name */
function find(name) {
  const path = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const unpacked = places.map((place) => join(folder, place))
  return [...path, '/usr/sbin', ...unpacked].map((place) => join(place, name)).find((file) => existsSync(file))
}

/** @param {keyof typeof packages} name */
async function unpack(name) {
  const download = join(folder, 'download', name)
  mkdirSync(download, { recursive: true })
  console.log(`unpacking Debian's ${name} …`)
  try {
    await output('apt-get', ['download', ...packages[name]], { cwd: download })
    await output('sh', ['-c', 'for file in *.deb; do dpkg-deb -x "$file" "$0"; done', folder], { cwd: download })
  } catch {
    return undefined
  } finally {
    rmSync(download, { recursive: true, force: true })
  }
  return find(name)
}
