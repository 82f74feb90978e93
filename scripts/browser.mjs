// Where the browser of the tests comes from: CHROMIUM says, or it is on PATH, or it is the one that npm has brought (Linux on x64).
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { output, root } from './run.mjs'
import { find } from './servers/install.mjs'

/** @typedef {{ executablePath: string, env?: Record<string, string> }} Program */

const names = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
]
const carried = '@sparticuz/chromium'

/** What `npm test` can't do with a browser here, and why. */
export function missingBrowser() {
  if (onMachine() || (process.platform === 'linux' && process.arch === 'x64')) return []
  return [{ name: 'a browser', reason: 'there is no chromium on PATH, and CHROMIUM names none' }]
}

/**
 * The browser; the one from npm is unpacked first, once.
 * @returns {Promise<Program>}
 */
export async function findBrowser() {
  const executablePath = onMachine()
  return executablePath ? { executablePath } : unpack()
}

function onMachine() {
  return process.env.CHROMIUM || names.map((name) => find(name)).find(Boolean)
}

/** @returns {Promise<Program>} */
async function unpack() {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', carried, 'package.json'), 'utf8'))
  const folder = join(root, '.servers', `chromium-${version}`)
  if (!existsSync(folder)) {
    // Elsewhere first: what is under its name is whole, whoever else unpacks it now.
    const own = `${folder}-${randomUUID()}`
    mkdirSync(own, { recursive: true })
    await inflate(own)
    try {
      renameSync(own, folder)
    } catch (error) {
      rmSync(own, { recursive: true })
      if (!existsSync(folder)) throw error
    }
  }
  // Its configuration of fonts names a folder that isn't this one.
  const fonts = join(folder, 'fonts.conf')
  writeFileSync(fonts, `<fontconfig><dir>${join(folder, 'fonts')}</dir></fontconfig>\n`)
  return {
    executablePath: join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_FILE: fonts },
  }
}

/**
 * Its package unpacks into the folder for temporary files, and what the browser is linked with only where it takes this for AWS
 * Lambda.
 * @param {string} folder
 */
async function inflate(folder) {
  const program = `import chromium from '${carried}'; await chromium.executablePath()`
  await output(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
  })
}
