// `npm run bench`: everything, about three quarters of an hour, into bench/results.json and bench/plots. `npm run bench -- get cold` runs
// those groups alone, `--quick` takes next to no time and shows only that all works; both leave bench/results.json alone.
// `npm run bench -- report` makes the table and the plots of the results that are there; `npm run bench -- rate-limiter` measures that
// example, and `npm run bench -- one-key` what one key can take, by themselves.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildAddon, setup } from '../scripts/setup.mjs'

const { script, ScriptError } = await import('../scripts/run.mjs')

await script(async () => {
  await setup()
  const { bench, benchCache } = await import('./run/paths.mjs')
  const { groups, others } = await import('./work/index.mjs')
  const { readResults } = await import('./report/results.mjs')
  const { goalTable } = await import('./report/table.mjs')
  const { writePlots } = await import('./report/plots.mjs')
  const committed = { results: join(bench, 'results.json'), plots: join(bench, 'plots') }
  const names = process.argv.slice(2).filter((arg) => arg !== '--quick')
  const quick = process.argv.includes('--quick')
  const known = [...Object.keys(groups), ...others]
  const alone = ['report', 'rate-limiter', 'one-key']
  const unknown = names.filter((name) => !known.includes(name) && !alone.includes(name))
  if (unknown.length > 0) {
    throw new ScriptError(
      `There is nothing to measure by the name of ${unknown.join(', ')}. There is: ${[...known, ...alone].join(', ')}.`,
    )
  }
  if (names.includes('report')) {
    const results = readResults(committed.results)
    console.log(goalTable(results))
    writePlots(committed.plots, results)
    return
  }
  const given = process.env.NAPI_RS_NATIVE_LIBRARY_PATH !== undefined
  if (names.includes('rate-limiter') || names.includes('one-key')) {
    if (!given) await buildAddon({ profile: 'release' })
    const { benchRateLimiter } = await import('./rate-limiter.mjs')
    const { benchOneKey } = await import('./one-key.mjs')
    return names.includes('one-key') ? benchOneKey({ quick }) : benchRateLimiter({ quick })
  }
  const whole = names.length === 0 && !quick && !given
  const out = whole ? committed : { results: join(benchCache, 'results.json'), plots: join(benchCache, 'plots') }
  const { installOurs, installPeers } = await import('./run/install.mjs')
  await installPeers()
  // An addon that is given is for trying the bench out: its figures are not kept.
  if (!given) await buildAddon({ profile: 'release' })
  await installOurs({ addon: !given })
  await buildFloor(bench, benchCache)
  const { runAll } = await import('./run/all.mjs')
  const results = await runAll({ names: names.length > 0 ? names : known, quick, file: out.results })
  console.log(`\n${goalTable(results)}`)
  writePlots(out.plots, results)
  console.log(`\n${out.results} has all of it, and ${out.plots} the plots.`)
})

/** @param {string} bench @param {string} benchCache */
async function buildFloor(bench, benchCache) {
  const { runLogged } = await import('../scripts/run.mjs')
  const { floorAddon } = await import('./floor/path.mjs')
  const target = join(benchCache, 'floor')
  await runLogged('build-bench-floor', "building napi's empty async fn", 'cargo', [
    ...['build', '--locked', '--release', '--target-dir', target, '--manifest-path', join(bench, 'floor/Cargo.toml')],
  ])
  mkdirSync(benchCache, { recursive: true })
  rmSync(floorAddon, { force: true })
  copyFileSync(join(target, 'release/libs3_store_bench_floor.so'), floorAddon)
}
