// Whom the torture's report blames for a create over an object.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { report } from '../../torture/report.mjs'

const verdict = { operations: 1, keys: 1, longest: 1, violations: [], createdOver: [], unknown: [] }
const verbs = ['read', 'readIf', 'create', 'put', 'update', 'increment']
/** A run that did enough of everything, and found nothing. */
const run = {
  name: 'cluster',
  version: '1',
  seconds: 1,
  seed: 1,
  folder: '/nowhere',
  calls: verbs.flatMap((verb) => Array.from({ length: 3 }, () => ({ verb, key: 'k', ok: {}, outcome: 'ok' }))),
  requests: [],
  disturbed: { lost: 1 },
  kills: { clients: 1 },
  contradictions: [],
  broken: [],
  counters: [],
  unread: [],
  server: verdict,
  store: verdict,
}
const denied = { ...verdict, createdOver: ['k'] }

for (const [what, judged, isGood] of [
  ['nobody, where there is none', {}, true],
  ['the server, where its requests show it', { server: denied }, true],
  ['the server alone, where the calls show it too', { server: denied, store: denied }, true],
  ['the store, where only its calls need it', { store: denied }, false],
]) {
  it(`a report blames ${what}`, () => {
    const { lines, isGood: good } = report({ ...run, ...judged })
    assert.equal(good, isGood, lines.join('\n'))
    assert.equal(
      lines.some((line) => line.includes('created over an object that the server denied: k')),
      Object.keys(judged).length > 0,
    )
    assert.equal(
      lines.some((line) => line.startsWith('! the store: only a create over an object explains k')),
      !isGood,
    )
  })
}
