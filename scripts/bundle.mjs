// What is published of lib/ is bundled: to find, read and compile fifty small files costs more than the rest of an import
// (bench/README.md, cold start). Not minified, as stack traces point into it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { root } from './run.mjs'

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
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
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
  })
  const file = join(folder, entry)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, outputFiles[0].contents)
}
