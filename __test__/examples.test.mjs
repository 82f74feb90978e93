// The examples, as a user runs them: each in a process of its own, on the development server.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { root } from '../scripts/run.mjs'
import { TestBucket } from './support/bucket.mjs'
import { environment, runProgram } from './support/child.mjs'
import { closeClients } from './support/engines.mjs'
import { servers } from './support/servers.mjs'

const examples = new URL('../examples/', import.meta.url)
const server = servers.find(({ name }) => name === 'dev-server')

/** What each of them says, in this order, among other things. */
const words = {
  quickstart: ['Created ', 'A second create was refused', 'An update from the old etag was refused', '{"visits":2}'],
  'streams-in': ['Created an object of 12582912 bytes.', 'A second create was refused', 'Replaced it: "short".'],
  'streams-out': ['Read 3000000 bytes: sha256 7acfccc3.', 'is smaller', '3000000 characters', '"all work and no play"'],
  files: [
    '18 of 18 bytes.',
    'Created text/csv.',
    'has 3 lines',
    'there are copy.csv and report.csv.',
    'The copy is up to date.',
  ],
  reading: ['klmno (bytes 10-14/26)', 'xyz', 'InvalidRange', 'not changed', 'in en', 'Here: true. Elsewhere: false.'],
  writing: ['text/html; charset=utf-8, en, inline.', 'max-age=60, expires in 2030, by me.', '"team":"web"', ', {}.'],
  tags: ['{"state":"draft"}', '"reviewed":"yes"', 'Now {}.', 'The object itself is the same.'],
  integrity: ['Kept with XJLDRw==', 'Read 21 characters', 'Both ways: '],
  versions: ['are 2 versions', '"first"', 'a delete marker is the latest, 4 in all', '"second"', '4 are left'],
  copying: ['(text/plain) and metadata (by me)', 'was refused', 'the error names it', '"Hello again".', 'by 3 parts.'],
  listing: ['photos/cat 10.', 'Here: a.txt, b.txt, logs/, photos/.', 'After logs/1: logs/2, logs/3, photos/cat.'],
  deleting: ['Deleted logs/3.', 'Once more: true.', 'A delete of the older one was refused', 'There is nothing left.'],
  presigning: ['Uploaded: 200.', 'Once more: 412.', 'Without the condition: 403.', 'has landed', '"from a browser"'],
  control: ['we are closing', 'enough', 'Not written: stopped.', 'ETIMEDOUT', 'ERR_STORE_CLOSED'],
  connecting: ['Straight: "hello".', 'As anybody: AccessDenied.', 'Nowhere: ECONNREFUSED.'],
  seeing: ['PutObject, attempt 1: 200.', 'createObject: 1 attempt, 5 bytes.', 'NoSuchKey', '3 calls, 0 in flight'],
  json: ['Since 2026: 0.', 'Counted: 1.', 'created: true.', 'counted: false.', 'this is no counter'],
}

/** Of those that need one that keeps versions. */
const versioned = new Set(['versions'])

describe('the examples', () => {
  const names = readdirSync(examples).flatMap((file) => (file.endsWith('.mjs') ? file.slice(0, -'.mjs'.length) : []))

  it('are all here', () => assert.deepEqual(names.toSorted(), Object.keys(words).toSorted()))

  for (const page of ['README.md', 'examples/README.md']) {
    it(`are all in ${page}`, () => {
      const text = readFileSync(join(root, page), 'utf8')
      for (const name of names) assert.ok(text.includes(`${name}.mjs`), name)
    })
  }

  for (const [name, expected] of Object.entries(words)) {
    it(`${name} runs, and leaves nothing behind`, { timeout: 60_000 }, async () => {
      const bucket = await TestBucket.create(server)
      try {
        if (versioned.has(name)) await bucket.keepVersions()
        const env = { ...environment(server), S3_BUCKET: bucket.name }
        const { code, stdout, stderr } = await runProgram(new URL(`${name}.mjs`, examples), [], { env })
        assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, stdout)
        assertInOrder(stdout, expected)
        assert.deepEqual(await bucket.leftovers(), [])
      } finally {
        await bucket.remove()
        closeClients()
      }
    })
  }
})

function assertInOrder(text, pieces) {
  let from = 0
  for (const piece of pieces) {
    const at = text.indexOf(piece, from)
    assert.ok(at >= 0, `${piece}: not said, or not in this place, in\n${text}`)
    from = at + piece.length
  }
}
