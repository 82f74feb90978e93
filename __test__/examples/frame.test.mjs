// The examples that are a folder: each is whole, and runs by its one command.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { root } from '../../scripts/run.mjs'
import { runProgram } from '../support/child.mjs'

const examples = join(root, 'examples')
const command = new URL('../../scripts/example.mjs', import.meta.url)

/** What each of them says, in this order, among other things. */
const words = {
  'audit-trail': [
    '8 entries by 4 writers',
    'All is right up to entry 8',
    'entry 3: changed',
    'entry 5: missing',
    'entry 8: changed',
  ],
  'caching-proxy': [
    'fwd=uri-miss',
    '100000 bytes from there',
    '304, 0 bytes',
    'After a change:\n  200, 100000 bytes (caching-proxy; fwd=stale)',
    'From the disk',
    '404, ',
    'detail=stale-if-error',
  ],
  configuration: [
    'watcher: version 1 is',
    'Refused: expected version 1, found 2.',
    'Not published: limit must be 1 or more.',
    'keeps what it has. shop/current.json is no valid version',
    'Published version 3: version 1 again.',
    'watcher: version 3 is',
    '"path":',
    '  1  first',
  ],
  'rate-limiter': [
    'The limit: 30 permits in any 10 s, 20 of them at once',
    'In turns: Ada got ',
    'All at once',
    'Together 2',
    'took 0 requests.',
    '{"allowed":true}',
    'closed: denied (ECONNREFUSED)',
    'open: allowed',
  ],
  consistency: ['✓ a new object is read', '✓ every version stays', 'is in it.', 'Tony'],
  lock: [
    'Ada has the lock, with token 1.',
    'Ben has waited for it, and has token 2.',
    'Grace has the lock, with token 3',
    'Ada has waited for its end, and has token 4.',
    'LockLostError',
    'FencedOffError',
    'it is not hers',
    'The report is by Ada,Ben,Ada.',
  ],
  'event-store': [
    'at version 2',
    'not: ada is at version 3',
    '4 withdrew 5; 4 were refused',
    '1 event was',
    '8 Deposited',
  ],
  pipeline: ['3 parts', 'dies', 'is not committed', 'Swept 1 part', 'total 42', 'did no work', 'has another digest'],
  'shared-document': ['It is merged', 'Rye bread', 'Tea', 'is asked', 'Nothing was written', 'Two bottles of oat milk'],
  files: [
    '100 % up',
    'was refused',
    '100 % down',
    'is what went up',
    '200, and once more: 412',
    'has landed',
    'videos/',
  ],
}

describe('the examples that are a folder', () => {
  const names = readdirSync(examples, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'support')
    .map(({ name }) => name)

  it('are all here', () => assert.deepEqual(names.toSorted(), Object.keys(words).toSorted()))

  it('are listed by the command without a name', async () => {
    const { code, stdout, stderr } = await runProgram(command)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    for (const name of names) assert.match(stdout, new RegExp(`^  ${name} +\\S`, 'm'))
  })

  it('are listed beside an unknown name', async () => {
    const { code, stderr } = await runProgram(command, ['nonsense'])
    assert.equal(code, 1)
    assert.match(stderr, /There is no example nonsense/)
    for (const name of names) assert.match(stderr, new RegExp(`^  ${name} +\\S`, 'm'))
  })

  for (const [name, expected] of Object.entries(words)) {
    it(`${name} has its module, its README, its tests and its place in the list`, () => {
      for (const file of [`${name}.mjs`, 'run.mjs', 'README.md']) {
        assert.ok(existsSync(join(examples, name, file)), `examples/${name}/${file}`)
      }
      assert.ok(existsSync(join(root, '__test__', 'examples', `${name}.test.mjs`)))
      assert.match(readFileSync(join(examples, name, 'README.md'), 'utf8'), new RegExp(`^# ${name}: .+\n`))
      const list = readFileSync(join(examples, 'README.md'), 'utf8')
      assert.ok(list.includes(`[${name}](${name}/README.md)`), `examples/README.md links ${name}`)
    })

    it(`${name} runs`, { timeout: 120_000 }, async () => {
      const { code, stdout, stderr } = await runProgram(command, [name], { bound: 90_000 })
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, stdout)
      let from = 0
      for (const piece of expected) {
        const at = stdout.indexOf(piece, from)
        assert.ok(at >= 0, `${piece}: not said, or not in this place, in\n${stdout}`)
        from = at + piece.length
      }
    })
  }
})
