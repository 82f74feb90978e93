// Where the programs of the real servers come from: PATH, or the folder `.servers` of the clone, filled by `go install`.
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { output, root, runLogged, ScriptError } from '../run.mjs'

/** The servers that are installed from source, each at one version. */
const modules = {
  minio: { path: 'github.com/minio/minio', version: 'v0.0.0-20260212201848-7aac2a2c5b7c', minutes: 4 },
  versitygw: { path: 'github.com/versity/versitygw/cmd/versitygw', version: 'v1.8.0', minutes: 2 },
}

const folder = join(root, '.servers')

/**
 * Finds or installs a server.
 * @param {keyof typeof modules} name
 * @returns {Promise<{ program: string, version: string }>}
 */
export async function install(name) {
  const { path, version, minutes } = modules[name]
  const onPath = find(name)
  if (onPath) return { program: onPath, version: await versionOf(onPath) }
  const program = join(folder, executable(name))
  if (existsSync(program) && (!find('go') || (await moduleVersion(program)) === version)) return { program, version }
  if (!find('go')) {
    throw new ScriptError(`there is no ${name} on PATH, and no Go to install it with (https://go.dev/dl)`)
  }
  await runLogged(
    `install-${name}`,
    `installing ${name} from source (about ${minutes} minutes, once)`,
    'go',
    ['install', `${path}@${version}`],
    { env: { ...process.env, GOBIN: folder, GOFLAGS: '' } },
  )
  return { program, version }
}

/**
 * A program on PATH.
 * @param {string} name
 * @returns {string | undefined}
 */
export function find(name) {
  for (const place of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const file = join(place, executable(name))
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}

/** @param {string} name */
function executable(name) {
  return process.platform === 'win32' ? `${name}.exe` : name
}

/** @param {string} program built by `go install`, which records the module in it */
async function moduleVersion(program) {
  const info = await output('go', ['version', '-m', program])
  return /^\s*mod\s+\S+\s+(\S+)/m.exec(info)?.[1]
}

/** @param {string} program */
async function versionOf(program) {
  const text = await output(program, ['--version'])
  const stated = /RELEASE\.\S+|v\d+\.\d+\.\d+\S*/.exec(text)?.[0]
  return stated ?? (find('go') ? await moduleVersion(program) : undefined) ?? 'of unknown version'
}
