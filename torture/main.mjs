// `npm run torture -- --minutes 5 --seed 7 --server minio|cluster|versitygw`. README.md says what it does.
import { randomInt } from 'node:crypto'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { script, ScriptError } from '../scripts/run.mjs'
import { install } from '../scripts/servers/install.mjs'
import { buildChecker } from './judge.mjs'
import { isInside, obstacle, runInside } from './namespace.mjs'
import { report } from './report.mjs'
import { torture } from './run.mjs'
import { kinds } from './servers.mjs'

await script(async () => {
  const task = taskOf(process.argv.slice(2))
  // Both may have to be fetched, which can't be done inside.
  const checker = await buildChecker()
  if (task.server === 'cluster' && !isInside) return inside(task)
  console.log(`torture of ${task.server}: ${task.seconds} s, seed ${task.seed}`)
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort())
  if (isInside)
    process.stdin
      .once('end', () => interrupted.abort())
      .resume()
      .unref()
  const result = await torture({ ...task, checker, signal: interrupted.signal })
  const { lines, isGood } = report(result)
  console.log(lines.join('\n'))
  if (!isGood) process.exitCode = 1
  // What a server did that it should not is kept too.
  else if (result.server.createdOver.length === 0) rmSync(result.folder, { recursive: true })
})

/** @param {string[]} args */
function taskOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(randomInt(2 ** 32)) },
      server: { type: 'string', default: 'minio' },
      lie: { type: 'string' },
    },
  })
  const { server, lie } = values
  const [seconds, seed] = [Number(values.minutes) * 60, Number(values.seed)]
  if (!Object.hasOwn(kinds, server)) throw new ScriptError(`--server is one of ${Object.keys(kinds).join(', ')}`)
  if (!(seconds > 0)) throw new ScriptError('--minutes is a number over 0')
  if (!Number.isSafeInteger(seed)) throw new ScriptError('--seed is a whole number')
  if (lie && server !== 'dev-server') throw new ScriptError('--lie is for --server dev-server')
  return { server, seconds, seed, ...(lie && { lie }) }
}

/** Does the same in a network where a cluster can be. @param {{ seconds: number, seed: number }} task */
async function inside({ seconds, seed }) {
  const reason = obstacle()
  if (reason) throw new ScriptError(`A cluster needs a network namespace. ${reason}`)
  await install('minio')
  const program = fileURLToPath(import.meta.url)
  const isGood = await runInside([
    program,
    '--server',
    'cluster',
    '--minutes',
    String(seconds / 60),
    '--seed',
    String(seed),
  ])
  if (!isGood) process.exitCode = 1
}
