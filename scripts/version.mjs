// Sets the version of everything that carries it: node scripts/version.mjs 1.2.3
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm, output, root, ScriptError, script } from './run.mjs'

await script(async () => {
  const version = process.argv[2] ?? ''
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) throw new ScriptError('Usage: node scripts/version.mjs 1.2.3')
  const [command, args] = npm()
  await output(command, [
    ...args,
    'version',
    version,
    '--no-git-tag-version',
    '--ignore-scripts',
    '--allow-same-version',
  ])
  const manifest = join(root, 'Cargo.toml')
  const text = readFileSync(manifest, 'utf8')
  writeFileSync(manifest, text.replace(/(\[workspace\.package\]\nversion = ")[^"]+/, `$1${version}`))
  // Writes the new versions of the workspace's own crates into Cargo.lock, and changes no other.
  await output('cargo', ['update', '--workspace', '--offline'])
  console.log('Now: npm run generate, which writes the version into npm/ and native.cjs.')
})
