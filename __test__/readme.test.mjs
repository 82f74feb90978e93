// The README's examples, as a user types them: in JavaScript and in strict TypeScript.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import ts from 'typescript'
import { readmeFromAfar } from '../scripts/pack.mjs'
import { root } from '../scripts/run.mjs'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const examples = [...readme.matchAll(/^```js\n(.+?)^```/gms)].map(([, code]) => code)

/** What examples take for granted. */
const granted = `import * as library from 's3-store-native'
declare global {
  const createS3Store: typeof library.createS3Store
  const AmbiguousWriteError: typeof library.AmbiguousWriteError
  const store: library.S3Store
  const key: string
  const body: string
  const err: unknown
  const request: Request
  const shutdown: AbortController
}`

/** What TypeScript says of files that are nowhere but in memory, where the package finds itself by its name. */
function complaints(files) {
  const texts = new Map(Object.entries(files).map(([name, text]) => [join(root, name), text]))
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2022.d.ts'],
    types: ['node'],
    strict: true,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    skipLibCheck: true,
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile } = host
  const own = (name) => texts.get(join(name))
  Object.assign(host, {
    fileExists: (name) => own(name) !== undefined || fileExists.call(host, name),
    readFile: (name) => own(name) ?? readFile.call(host, name),
    getCurrentDirectory: () => root,
  })
  const program = ts.createProgram([...texts.keys()], options, host)
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
}

describe('the examples of the README', () => {
  it('are found', () => assert.ok(examples.length > 4))

  for (const extension of ['mjs', 'mts']) {
    it(`compile as .${extension}`, { timeout: 60_000 }, () => {
      const files = examples.map((code, at) => [`README-${at}.${extension}`, `${code}\nexport {}\n`])
      assert.deepEqual(complaints({ 'README-granted.d.ts': granted, ...Object.fromEntries(files) }), [])
    })
  }
})

describe('the links of the README', () => {
  const links = (text) => [...text.matchAll(/\]\((?!#)([^)]+)\)/g)].map(([, link]) => link)
  const own = links(readme).filter((link) => !link.startsWith('https:'))

  it('lead to what is in the repository', () => {
    assert.ok(own.length > 20)
    for (const link of own) assert.ok(existsSync(join(root, link)), link)
  })

  it('lead there from afar, too, or nowhere', () => {
    const address = 'https://github.com/somebody/s3-store-native'
    const from = (address) => new Set(links(readmeFromAfar(readme, address)))
    const elsewhere = links(readme).filter((link) => link.startsWith('https:'))
    assert.deepEqual(from(undefined), new Set(elsewhere))
    const isPicture = (link) => link.endsWith('.svg')
    assert.ok(own.some(isPicture))
    const there = own.map((link) => `${address}/${isPicture(link) ? 'raw' : 'blob'}/HEAD/${link}`)
    assert.deepEqual(from(address), new Set([...elsewhere, ...there]))
  })
})
