// An empty project in a temporary folder, into which tarballs are installed as a user would install the package: but with no
// registry to reach, no install scripts, and nothing on PATH except Node and npm.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from './child.mjs'

const programs = fileURLToPath(new URL('../consumer', import.meta.url))

export class Installation {
  constructor() {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 's3-store-native-consumer-')))
    this.project = join(this.folder, 'project')
    this.#makeBin()
    cpSync(programs, this.project, { recursive: true })
    writeFileSync(join(this.project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** @param {string[]} tarballs */
  install(...tarballs) {
    return this.run(process.execPath, [npmScript(), 'install', '--ignore-scripts', ...tarballs])
  }

  /** The path of a file of the installed package. */
  file(...names) {
    return join(this.project, 'node_modules', ...names)
  }

  manifest(name) {
    return JSON.parse(readFileSync(this.file(name, 'package.json'), 'utf8'))
  }

  /** Runs a program of __test__/consumer, which prints JSON. */
  result(program, args = [], env = {}) {
    return JSON.parse(this.run(process.execPath, [program, ...args], env))
  }

  /** What a command prints; throws when it fails. */
  run(command, args, env = {}) {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: this.project,
      env: { ...this.#environment(), ...env, PATH: join(this.folder, 'bin') },
      encoding: 'utf8',
    })
    if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} failed\n${stdout}\n${stderr}`)
    return stdout
  }

  #makeBin() {
    const bin = join(this.folder, 'bin')
    mkdirSync(bin)
    symlinkSync(process.execPath, join(bin, process.platform === 'win32' ? 'node.exe' : 'node'))
  }

  /** Nothing of the user's npm configuration, and a registry that refuses every connection. */
  #environment() {
    const kept = Object.entries(cleanEnvironment()).filter(([name]) => !/^npm_/i.test(name))
    return {
      ...Object.fromEntries(kept),
      HOME: this.folder,
      npm_config_userconfig: join(this.folder, 'npmrc'),
      npm_config_cache: join(this.folder, 'cache'),
      npm_config_registry: 'http://127.0.0.1:1/',
      npm_config_fetch_retries: '0',
      npm_config_audit: 'false',
      npm_config_update_notifier: 'false',
    }
  }
}

/** The script of the npm that runs these tests, or of the one on PATH. */
function npmScript() {
  const running = process.env.npm_execpath
  if (running && /npm-cli\.c?js$/.test(running)) return running
  for (const place of process.env.PATH.split(delimiter)) {
    for (const path of [join(place, 'npm'), join(place, 'node_modules/npm/bin/npm-cli.js')]) {
      try {
        const script = realpathSync(path)
        if (script.endsWith('npm-cli.js')) return script
      } catch {
        // Not here.
      }
    }
  }
  throw new Error(`there is no npm beside ${dirname(process.execPath)} or on PATH`)
}
