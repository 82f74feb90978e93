// Writes every generated file that is committed. With --check it fails when one of them was not what it should be.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildAddon, setup } from './setup.mjs'
import { platformManifest, platforms, platformsFolder } from './platforms.mjs'
import { commandOf, root, runLogged, script, ScriptError } from './run.mjs'

await script(async () => {
  const check = process.argv.includes('--check')
  await setup()
  const before = generatedFiles()
  // native.cjs and native.d.cts come with the build.
  await buildAddon()
  await runLogged(
    'generate-outcomes',
    'writing lib/outcomes.json',
    'cargo',
    ['test', '--locked', '--package=s3-store-core'],
    {
      env: { ...process.env, UPDATE_GENERATED: '1' },
    },
  )
  await writePlatforms()
  if (!check) return
  const after = generatedFiles()
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  )
  if (changed.length > 0) {
    throw new ScriptError(
      `Generated files were out of date; they are written anew, commit them:\n  ${changed.join('\n  ')}`,
    )
  }
  console.log('The generated files are up to date.')
})

async function writePlatforms() {
  rmSync(platformsFolder, { recursive: true, force: true })
  const cli = commandOf('@napi-rs/cli', 'napi')
  await runLogged('generate-npm', 'writing npm/', process.execPath, [cli, 'create-npm-dirs'])
  for (const platform of platforms()) {
    writeFileSync(join(platformsFolder, platform, 'README.md'), readme(platformManifest(platform)))
  }
}

/** @param {{ name: string, os: string[], cpu: string[], libc?: string[] }} manifest */
function readme({ name, os, cpu, libc }) {
  const platform = [...os, ...cpu, ...(libc ?? [])].join(', ')
  return `# ${name}

The native part of \`s3-store-native\` for ${platform}.

It is installed by itself, as an optional dependency of s3-store-native, where it fits. There is nothing to import from it.
`
}

/** @returns {Map<string, string>} the text of each file by its name */
function generatedFiles() {
  const npm = existsSync(platformsFolder) ? readdirSync(platformsFolder) : []
  const names = [
    'native.cjs',
    'native.d.cts',
    'lib/outcomes.json',
    ...npm.map((platform) => `npm/${platform}/package.json`),
  ]
  return new Map(
    names.filter((name) => existsSync(join(root, name))).map((name) => [name, readFileSync(join(root, name), 'utf8')]),
  )
}
