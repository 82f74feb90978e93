// `npm test`: everything, against every server that can be had here. `npm test -- __test__/x.test.mjs` runs those files alone.
import { buildAddon, setup } from './setup.mjs'

const { script, ScriptError } = await import('./run.mjs')

await script(async () => {
  await setup()
  const { javascriptTests, testFiles } = await import('./testing/javascript.mjs')
  const { Summary } = await import('./testing/summary.mjs')
  const { buildDevServer, buildHooksAddon, hooksAddon } = await import('./build.mjs')
  const chosen = process.argv.slice(2)
  const files = testFiles(chosen)
  await buildAddon()
  await buildHooksAddon()
  const devServer = await buildDevServer()
  const summary = new Summary()
  if (chosen.length === 0) {
    const { rustTests } = await import('./testing/rust.mjs')
    summary.add('Rust', await rustTests())
  }
  await withServers(summary, devServer, async (servers) => {
    summary.add('JavaScript', await javascriptTests(files, { servers, devServer, hooksAddon }))
  })
  summary.print()
  if (summary.failed) process.exitCode = 1
})

/**
 * @param {import('./testing/summary.mjs').Summary} summary
 * @param {string} devServer the development server's program
 * @param {(servers: import('./servers/index.mjs').Descriptor[]) => Promise<void>} work
 */
async function withServers(summary, devServer, work) {
  const { startServers } = await import('./servers/index.mjs')
  const { missingTorture } = await import('../torture/obstacles.mjs')
  const { missingBrowser } = await import('./browser.mjs')
  const { servers, missing: missingServers, stop } = await startServers(process.env, devServer)
  try {
    const missing = [...missingServers, ...missingTorture(), ...missingBrowser()]
    summary.testedAgainst(servers, missing)
    for (const { name, version, endpoint } of servers) console.log(`${name} ${version} listens on ${endpoint}`)
    for (const line of summary.warnings()) console.log(line)
    if (missing.length > 0 && process.env.CI) {
      throw new ScriptError('CI is set: a server that cannot be tested against is a failure.')
    }
    await work(servers)
  } finally {
    await stop()
  }
}
