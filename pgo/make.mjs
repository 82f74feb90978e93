// `npm run profile`: builds an addon that counts what it runs, has it work, and keeps what it counted for builds to come.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { Servers } from '../bench/servers/index.mjs'
import { clientEnvironment } from '../bench/run/child.mjs'
import { libraryName } from '../scripts/build.mjs'
import { cache, output, root, run, runLogged, script, ScriptError } from '../scripts/run.mjs'
import { setup } from '../scripts/setup.mjs'
import { committedProfile, compiler, otherFlags, rustflags } from './use.mjs'
import { sizes } from './train.mjs'

/**
 * Functions of which it is not worth keeping that they do not run: the SDK's own, which are made for size anyway (Cargo.toml). A third
 * of them all.
 */
const SMALL_ANYWAY = 'aws_sdk|aws_config'

const folder = join(cache, 'pgo')
const counted = join(folder, 'counted')

await script(async () => {
  await setup()
  const hindrance = otherFlags()
  if (hindrance) throw new ScriptError(`${hindrance} is set, and hides the flags that this needs: unset it.`)
  const found = await compiler()
  const { host } = found
  const profdata = await findProfdata(found)
  const addon = await buildCounting(host)
  rmSync(counted, { recursive: true, force: true })
  mkdirSync(counted, { recursive: true })
  await train(addon)
  const merged = join(folder, 'merged.profdata')
  const raw = readdirSync(counted).map((name) => join(counted, name))
  await run(profdata, ['merge', `--no-function=${SMALL_ANYWAY}`, `--output=${merged}`, ...raw])
  const packed = brotliCompressSync(readFileSync(merged), {
    params: { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS },
  })
  const committed = committedProfile(found)
  for (const name of readdirSync(join(root, 'pgo'))) {
    if (name.startsWith(`${host}-`)) rmSync(join(root, 'pgo', name))
  }
  writeFileSync(committed, packed)
  console.log(`${committed}: ${packed.length} bytes`)
})

/** @param {string} host @returns {Promise<string>} the path of the addon */
async function buildCounting(host) {
  const target = join(folder, 'target')
  const flags = rustflags(host, `-Cprofile-generate=${counted}`)
  const args = ['build', '--locked', '--release', '--package=s3-store-native', `--target=${host}`, ...flags]
  await runLogged('build-profile', 'building an addon that counts (about 5 minutes)', 'cargo', args, {
    env: { ...process.env, CARGO_TARGET_DIR: target },
  })
  // Node.js loads an addon by that ending only.
  const addon = join(folder, 'counting.node')
  copyFileSync(join(target, host, 'release', libraryName('s3_store_native')), addon)
  return addon
}

/** @param {string} addon */
async function train(addon) {
  const servers = new Servers({ get: sizes, json: [1024], list: [1000] })
  try {
    for (const name of /** @type {const} */ (['nginx', 'nginx-tls', 'dev-server'])) {
      const { place, authority } = await servers.target(name)
      await run(process.execPath, [join(root, 'pgo', 'train.mjs'), JSON.stringify(place)], {
        env: {
          ...clientEnvironment(authority),
          NAPI_RS_NATIVE_LIBRARY_PATH: addon,
          LLVM_PROFILE_FILE: join(counted, '%m.profraw'),
        },
      })
    }
  } finally {
    await servers.stop()
  }
}

/**
 * LLVM's tool of the compiler's own version: it reads no other's counts.
 * @param {import('./use.mjs').Compiler} compiler
 */
async function findProfdata({ host, llvm }) {
  const major = llvm.split('.')[0]
  const sysroot = (await output('rustc', ['--print', 'sysroot'])).trim()
  const places = [
    process.env.LLVM_PROFDATA,
    join(sysroot, 'lib', 'rustlib', host, 'bin', 'llvm-profdata'),
    `llvm-profdata-${major}`,
    'llvm-profdata',
  ]
  for (const place of places) {
    if (!place || (place.startsWith('/') && !existsSync(place))) continue
    const { stdout } = spawnSync(place, ['--version'], { encoding: 'utf8' })
    if (stdout?.includes(`LLVM version ${major}.`)) return place
  }
  throw new ScriptError(`There is no llvm-profdata of LLVM ${major}: pgo/README.md says where to get it.`)
}
