// The third-party notices: every Rust crate that an addon links, on any platform, with the licence files in its source.
// `node scripts/notices.mjs` prints them.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isMain, output, root, ScriptError, script } from './run.mjs'

/** @typedef {{ name: string, version: string, license: string, authors: string[], repository: string | null, folder: string }} Crate */

const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notice|unlicense)/i
const RULE = '-'.repeat(80)

/** The text of THIRD-PARTY-NOTICES. The same lockfile gives the same text, on any machine. */
export async function thirdPartyNotices() {
  const crates = await linkedCrates()
  const list = crates.map(({ name, version, license }) => `  ${name} ${version} (${license})`)
  const texts = [...licenceTexts(crates)].map(([text, names]) => `${RULE}\n${names.join(', ')}\n${RULE}\n\n${text}\n`)
  return [
    'The native addon of s3-store-native links the Rust standard library (MIT OR Apache-2.0, copyright The Rust',
    'Project Contributors) and the Rust crates below, some of them on some platforms only. After the list come',
    'their licences and notices, each text once, under the names of the crates that carry it.',
    '',
    ...list,
    '',
    ...texts,
  ].join('\n')
}

/** The crates of the addon on all the platforms it is built for. Proc macros and build scripts run; they are not linked. */
async function linkedCrates() {
  const { napi } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const trees = await Promise.all(
    napi.targets.map((/** @type {string} */ target) =>
      output('cargo', [
        'tree',
        '--locked',
        '--package=s3-store-native',
        '--edges=normal,no-proc-macro',
        '--prefix=none',
        '--format={p}',
        `--target=${target}`,
      ]),
    ),
  )
  // "name v1.2.3", or for a crate of this workspace, which needs no notice, "name v1.2.3 (path)".
  const linked = new Set(trees.flatMap((tree) => tree.match(/^\S+ v\S+(?=$| \(\*\)$)/gm) ?? []))
  const metadata = JSON.parse(await output('cargo', ['metadata', '--locked', '--format-version=1']))
  const crates = metadata.packages
    .filter((/** @type {any} */ crate) => linked.has(`${crate.name} v${crate.version}`))
    .map((/** @type {any} */ { name, version, license, authors, repository, manifest_path: manifest }) => {
      return { name, version, license, authors, repository, folder: dirname(manifest) }
    })
  if (crates.length === 0 || crates.length !== linked.size) {
    throw new ScriptError(`cargo tree names ${linked.size} crates, cargo metadata knows ${crates.length} of them.`)
  }
  return /** @type {Crate[]} */ (crates).toSorted((a, b) => compare(a.name, b.name) || compare(a.version, b.version))
}

/** @param {Crate[]} crates @returns {Map<string, string[]>} the crates that carry each text */
function licenceTexts(crates) {
  const texts = new Map()
  for (const crate of crates) {
    for (const text of textsOf(crate)) texts.set(text, [...(texts.get(text) ?? []), `${crate.name} ${crate.version}`])
  }
  return texts
}

/** @param {Crate} crate */
function textsOf(crate) {
  const files = readdirSync(crate.folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name))
    .map(({ name }) => name)
    .toSorted(compare)
  if (files.length === 0) return [declaredLicence(crate)]
  return new Set(files.map((name) => normalised(readFileSync(join(crate.folder, name), 'utf8'))))
}

/** The text for a crate that states its licence in its manifest alone. @param {Crate} crate */
function declaredLicence({ name, license, authors, repository }) {
  if (!/\bMIT\b/.test(license))
    throw new ScriptError(`${name} (${license}) has no licence file: say here what its text is.`)
  const holder = authors.length > 0 ? authors.join(', ') : `the ${name} authors`
  return `MIT License\n\nCopyright (c) ${holder}${repository ? ` (${repository})` : ''}\n\n${MIT}`
}

/** @param {string} text */
function normalised(text) {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/^\n+|\n+$/g, '')
}

// Not localeCompare: the order must not depend on the machine's locale.
/** @param {string} a @param {string} b */
function compare(a, b) {
  if (a === b) return 0
  return a < b ? -1 : 1
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`

if (isMain(import.meta.url)) {
  await script(async () => {
    process.stdout.write(await thirdPartyNotices())
  })
}
