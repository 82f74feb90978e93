// The reference that typedoc makes of the declarations: all of it is there, and every link in it leads somewhere.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { commandOf, output, root } from '../scripts/run.mjs'

describe('the reference', () => {
  let folder
  before(
    async () => {
      folder = mkdtempSync(join(tmpdir(), 's3-store-native-docs-'))
      const options = join(root, 'scripts', 'docs', 'typedoc.json')
      // It fails at a warning, such as of a link that leads nowhere.
      await output(process.execPath, [commandOf('typedoc'), '--options', options, '--out', folder])
    },
    { timeout: 120_000 },
  )
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('has a page for everything that is exported', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'))
    const pages = new Set(files.map((name) => name.split(/[/\\.]/).at(-2)))
    const exported = [...readFileSync(join(root, 'index.d.ts'), 'utf8').matchAll(/^ {2}(?:type )?(\w+),$/gm)]
    const names = exported.map(([, name]) => name).filter((name) => name !== 'default')
    assert.ok(names.length > 90, `${names.length} names`)
    assert.deepEqual(
      names.filter((name) => !pages.has(name)),
      [],
    )
  })

  it('has the README and the examples', () => {
    assert.match(readFileSync(join(folder, 'index.html'), 'utf8'), /small, strongly consistent store/)
    for (const [, link] of readFileSync(join(root, 'examples', 'README.md'), 'utf8').matchAll(/\]\((\S+\.mjs)\)/g)) {
      assert.ok(existsSync(join(folder, 'media', basename(link))), link)
    }
  })
})
