// What is published of lib/ is bundled: to find, read and compile fifty small files costs more than the rest of an import
// (bench/README.md, cold start). Not minified, as stack traces point into it.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { root, ScriptError } from './run.mjs'

const main = 'lib/index.cjs'
const command = 'lib/doctor/command.cjs'
/** The generated loader looks for the addon beside itself, the version is read where npm wrote it, and the doctor is a user too. */
const apart = ['index.cjs', 'native.cjs', 'package.json']

/**
 * Writes the two entry points of lib/ into a folder, each with what it needs.
 * @param {string} folder
 * @param {string} node the oldest version of Node.js that is to run them
 */
export async function bundle(folder, node) {
  for (const entry of [main, command]) await bundleEntry(folder, node, entry)
}

/**
 * @param {string} folder
 * @param {string} node
 * @param {string} entry
 */
async function bundleEntry(folder, node, entry) {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    // Not the entry itself: what is named at its top would take the name from functions of other files, in stack traces too.
    stdin: { contents: `module.exports = require('./${entry}')`, resolveDir: root },
    // Where the source is, for the way to what stays apart. Written elsewhere.
    outfile: entry,
    allowOverwrite: true,
    write: false,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: `node${node}`,
    external: [...apart.map((name) => join(root, name)), '@aws-sdk/client-s3'],
    logLevel: 'warning',
    metafile: true,
  })
  const file = join(folder, entry)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${outputFiles[0].text}${licences(Object.keys(metafile.inputs))}`)
}

/**
 * The licences of the packages that are bundled too, as a comment.
 * @param {string[]} inputs paths of files
 */
function licences(inputs) {
  const packages = new Set(inputs.flatMap((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []))
  const texts = [...packages].map((name) => {
    const folder = join(root, 'node_modules', name)
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file))
    if (!file) throw new ScriptError(`${name} (${license}) has no licence file`)
    return `/*! This file contains ${name} ${version}:\n\n${readFileSync(join(folder, file), 'utf8')}*/\n`
  })
  return texts.join('')
}
