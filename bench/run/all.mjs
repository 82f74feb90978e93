// A whole run: each scenario of the chosen groups, the results written down after each.
import { judge } from '../goals.mjs'
import { toMeasurement, writeResults } from '../report/results.mjs'
import { scenarioTable } from '../report/table.mjs'
import { Servers } from '../servers/index.mjs'
import { KIB, coldClients, groups, objectsOf } from '../work/index.mjs'
import { coldStarts } from './cold.mjs'
import { payloads, writers } from './payload.mjs'
import { runScenario } from './scenario.mjs'
import { sizes } from './size.mjs'
import { machine, versions } from './versions.mjs'
import { wrkVersion } from './wrk.mjs'

/** @type {import('./scenario.mjs').Pace} */
const pace = { rounds: 7, ms: 400, warmUpMs: 1200, warmUp: 1500 }
/** @type {import('./scenario.mjs').Pace} */
const quickPace = { rounds: 2, ms: 50, warmUpMs: 50, warmUp: 20 }
const COLD_ROUNDS = 15
const QUICK_COLD_ROUNDS = 2

/**
 * @param {{ names: string[], quick: boolean, file: string }} options
 * @returns {Promise<import('../report/results.mjs').Results>}
 */
export async function runAll({ names, quick, file }) {
  const scenarios = names.flatMap((name) => groups[name]?.(quick) ?? [])
  const servers = new Servers(objectsOf(scenarios), process.env.S3_STORE_DEV_SERVER)
  /** @type {import('../report/results.mjs').Results} */
  const results = {
    date: new Date().toISOString().slice(0, 10),
    quick,
    machine: machine(),
    versions: { ...(await versions()), wrk: await wrkVersion() },
    payloads: {},
    goals: [],
    measurements: [],
  }
  const save = () => {
    for (const [name, version] of Object.entries(servers.versions)) results.versions[`${name} (server)`] = version
    results.goals = judge(results)
    writeResults(file, results)
  }
  /** @param {Parameters<typeof toMeasurement>[0]} scenario @param {import('./scenario.mjs').Measured[]} measured */
  const add = ({ group, server, work }, measured) => {
    const measurements = measured.map((one) => toMeasurement({ group, server, work }, one))
    results.measurements.push(...measurements)
    console.log(scenarioTable(measurements, results.payloads))
    save()
  }
  try {
    results.payloads = await payloads(writers, await servers.certificates())
    for (const [at, scenario] of scenarios.entries()) {
      console.log(`\n${at + 1} of ${scenarios.length}, after ${Math.round(performance.now() / 60_000)} min`)
      add(scenario, await runScenario(scenario, quick ? quickPace : pace, servers))
    }
    if (names.includes('cold')) {
      const rounds = quick ? QUICK_COLD_ROUNDS : COLD_ROUNDS
      const work = { verb: /** @type {const} */ ('get'), size: KIB, inFlight: 1 }
      add(
        { group: 'cold', server: 'nginx', work },
        await coldStarts(coldClients, rounds, await servers.target('nginx')),
      )
    }
    if (names.includes('size')) results.sizes = await sizes()
    save()
  } finally {
    await servers.stop()
  }
  return results
}
