// An addon that is there and may not be loaded.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from '../support/child.mjs'

const program = fileURLToPath(new URL('../consumer/no-addon.mjs', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const permission = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission'

describe('the error of an addon that may not be loaded', () => {
  const flags = { '--no-addons': ['--no-addons'], 'the permission model': [permission, `--allow-fs-read=${root}*`] }
  for (const [name, options] of Object.entries(flags)) {
    it(`names ${name} first, and no package to install`, () => {
      const output = execFileSync(process.execPath, ['--no-warnings', ...options, program], { env: cleanEnvironment() })
      const { failure, engine } = JSON.parse(output)
      assert.equal(engine, 'client')
      assert.equal(failure.code, 'ERR_NATIVE_BINDING')
      const [problem, remedy, ...rest] = failure.message.split('\n')
      assert.match(problem, /could not load .*addons is disabled/)
      assert.match(remedy, /--no-addons.*--allow-addons/)
      assert.doesNotMatch(rest.join('\n'), /omit=optional/)
    })
  }
})
