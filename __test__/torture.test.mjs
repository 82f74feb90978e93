// Short runs of the torture, which says what it did. `npm run torture` makes longer ones.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { before, describe, it } from 'node:test'
import { buildChecker } from '../torture/judge.mjs'
import { obstacleOf } from '../torture/obstacles.mjs'
import { torture } from '../torture/run.mjs'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../torture/', import.meta.url))
const timeout = 300_000

describe('torture', () => {
  let checker
  before(async () => {
    if (!obstacleOf('checker')) checker = await buildChecker()
  })

  it('the checker tells right histories from wrong ones', { skip: obstacleOf('checker'), timeout }, async () => {
    await run('go', ['vet', './...'], { cwd: `${folder}checker` })
    await run('go', ['test', '-count=1', './...'], { cwd: `${folder}checker` })
  })

  for (const [server, seconds] of [
    ['minio', 15],
    ['cluster', 15],
    ['versitygw', 10],
  ]) {
    it(`no lie on ${server}`, { skip: obstacleOf(server), timeout }, async (test) => {
      const args = [`${folder}main.mjs`, '--server', server, '--minutes', String(seconds / 60)]
      const { stdout } = await run(process.execPath, args).catch((error) => assert.fail(error.stdout + error.stderr))
      for (const line of stdout.trimEnd().split('\n')) test.diagnostic(line)
    })
  }

  for (const lie of ['ignoreCondition', 'race']) {
    it(`a server that lies is found out: ${lie}`, { skip: obstacleOf('checker'), timeout }, async () => {
      const result = await torture({ server: 'dev-server', seconds: 5, seed: 1, lie, checker })
      rmSync(result.folder, { recursive: true })
      assert.ok(result.server.violations.length > 0, 'the requests show it')
      assert.ok(result.store.violations.length > 0, 'so do the calls')
      assert.deepEqual([...result.server.unknown, ...result.store.unknown], [])
    })
  }
})
