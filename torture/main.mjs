// `npm run torture -- --minutes 5 --seed 7 --server minio|cluster|versitygw`.
import { randomInt } from 'node:crypto'
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { script, ScriptError } from '../scripts/run.mjs'
import { buildChecker } from './judge.mjs'
import { report } from './report.mjs'
import { torture } from './run.mjs'
import { kinds } from './servers.mjs'

await script(async () => {
  const options = {
    minutes: { type: /** @type {const} */ ('string'), default: '1' },
    seed: { type: /** @type {const} */ ('string'), default: String(randomInt(2 ** 32)) },
    server: { type: /** @type {const} */ ('string'), default: 'minio' },
  }
  const { minutes, seed, server } = parseArgs({ options }).values
  if (!(server in kinds)) throw new ScriptError(`--server is one of ${Object.keys(kinds).join(', ')}`)
  const checker = await buildChecker()
  const result = await torture({ server, seconds: Number(minutes) * 60, seed: Number(seed), checker })
  const { lines, isGood } = report(result)
  console.log(lines.join('\n'))
  if (isGood) rmSync(result.folder, { recursive: true })
  else process.exitCode = 1
})
