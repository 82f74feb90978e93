// What is published, as a user gets it: packed, installed into an empty project, and run from there.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { publint } from 'publint'
import { pack } from '../scripts/pack.mjs'
import { hostPlatform, platformManifest, platforms } from '../scripts/platforms.mjs'
import { commandOf, output, root } from '../scripts/run.mjs'
import { TestBucket } from './support/bucket.mjs'
import { environment } from './support/child.mjs'
import { Installation } from './support/installation.mjs'
import { servers } from './support/servers.mjs'

const bound = 180_000
const host = hostPlatform()
const hostPackage = platformManifest(host).name
const server = servers.find(({ name }) => name === 'dev-server') ?? servers[0]

let folder
let packed

before(
  async () => {
    folder = mkdtempSync(join(tmpdir(), 's3-store-native-packed-'))
    packed = await pack({ out: folder })
  },
  { timeout: bound },
)
after(() => rmSync(folder, { recursive: true, force: true }))

describe('the packed root and platform package, installed', () => {
  let installation
  let bucket
  const aws = environment(server)

  before(
    async () => {
      installation = new Installation()
      installation.install(packed.root, packed.platforms[host])
      bucket = await TestBucket.create(server)
    },
    { timeout: bound },
  )
  after(async () => {
    await bucket?.remove()
    installation?.remove()
  })

  it('an ESM program runs', { timeout: bound }, () => {
    assert.deepEqual(installation.result('esm.mjs', [bucket.name], aws), {
      engine: 'native',
      sameFunction: true,
      keyExists: true,
      stale: true,
      sameClasses: true,
      current: true,
      text: 'two',
      json: { written: 'by ESM' },
    })
  })

  it('a CommonJS program runs', { timeout: bound }, () => {
    assert.deepEqual(installation.result('commonjs.cjs', [bucket.name], aws), {
      engine: 'native',
      keyExists: true,
      pages: [['commonjs']],
      gone: 'NoSuchKey',
    })
  })

  it('a TypeScript program compiles, with nothing else installed, and runs', { timeout: bound }, () => {
    installation.run(process.execPath, [commandOf('typescript', 'tsc'), '--project', 'tsconfig.json'])
    assert.deepEqual(installation.result('typescript.js', [bucket.name], aws), {
      engine: 'native',
      visits: 1,
      changed: true,
      explained: 'stale: STALE_DATA',
    })
  })

  it('the doctor runs', { timeout: bound }, () => {
    const { bin } = installation.manifest('s3-store-native')
    assert.ok(readdirSync(installation.file('.bin')).some((name) => name.startsWith('s3-store-native')))
    const command = installation.file('s3-store-native', bin['s3-store-native'])
    const printed = installation.run(process.execPath, [command, 'doctor', '--bucket', bucket.name, '--json'], aws)
    assert.equal(JSON.parse(printed).holds, true)
  })

  it('has no other package and no script', () => {
    assert.deepEqual(readdirSync(installation.file('@s3-store-native')), [hostPackage.split('/')[1]])
    for (const name of ['s3-store-native', hostPackage]) {
      const fields = Object.keys(installation.manifest(name))
      for (const field of ['scripts', 'dependencies', 'devDependencies']) assert.ok(!fields.includes(field), field)
    }
  })

  it('has what it needs of lib/ in one file, and the doctor in another', () => {
    const files = readdirSync(installation.file('s3-store-native', 'lib'), { recursive: true, withFileTypes: true })
    const names = files.filter((entry) => entry.isFile()).map(({ name }) => name)
    assert.deepEqual(names.toSorted(), ['command.cjs', 'index.cjs'])
  })

  it('calls functions and classes what the source calls them', () => {
    const declared = /\b(?:function |class (?!extends\b))(\w+)|\bvar (\w+) = class\b/g
    const names = (text) => [...text.matchAll(declared)].map(([, name, variable]) => name ?? variable)
    const source = readdirSync(join(root, 'lib'), { recursive: true })
      .filter((name) => name.endsWith('.cjs'))
      .map((name) => join(root, 'lib', name))
    // What is bundled beside it. The bundler has a function of its own.
    const others = [join(root, 'node_modules/mrmime/index.js')]
    const known = new Set(
      [...source, ...others].flatMap((file) => names(readFileSync(file, 'utf8'))).concat('__require'),
    )
    for (const name of ['index.cjs', 'doctor/command.cjs']) {
      const bundled = names(readFileSync(installation.file('s3-store-native', 'lib', name), 'utf8'))
      assert.ok(bundled.length > 5, name)
      assert.deepEqual(
        bundled.filter((found) => !known.has(found)),
        [],
      )
    }
  })

  it('has the licences of what is bundled', () => {
    const bundled = readFileSync(installation.file('s3-store-native', 'lib', 'index.cjs'), 'utf8')
    assert.match(bundled, /\/\*! This file contains mrmime [\d.]+:\n\n[^]*MIT License[^]*Copyright \(c\) /)
  })

  it('has what its README links to', () => {
    const text = readFileSync(installation.file('s3-store-native', 'README.md'), 'utf8')
    const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, words]) => words.toLowerCase().replaceAll(' ', '-'))
    const links = [...text.matchAll(/\]\((?!https:)([^)]+)\)/g)].map(([, link]) => link)
    assert.ok(links.length > 0)
    for (const link of links) {
      const isThere = link.startsWith('#')
        ? headings.includes(link.slice(1))
        : existsSync(installation.file('s3-store-native', link))
      assert.ok(isThere, link)
    }
  })

  it('names the package of every platform, at its own version', () => {
    const { version, optionalDependencies } = installation.manifest('s3-store-native')
    const expected = Object.fromEntries(platforms().map((name) => [platformManifest(name).name, version]))
    assert.equal(Object.keys(expected).length, 8)
    assert.deepEqual(optionalDependencies, expected)
  })

  it('has the licence and the third-party notices in each tarball', () => {
    for (const name of ['s3-store-native', hostPackage]) {
      assert.match(readFileSync(installation.file(name, 'LICENSE'), 'utf8'), /Apache License\s+Version 2\.0/)
      assert.match(readFileSync(installation.file(name, 'NOTICE'), 'utf8'), /s3-store-native/)
      assert.match(readFileSync(installation.file(name, 'THIRD-PARTY-NOTICES'), 'utf8'), /^ {2}aws-sdk-s3 /m)
      assert.ok(existsSync(installation.file(name, 'README.md')), name)
    }
  })

  it('has the addon in the platform package alone, without the test hooks', () => {
    const { main } = installation.manifest(hostPackage)
    assert.deepEqual(
      readdirSync(installation.file('s3-store-native')).filter((name) => name.endsWith('.node')),
      [],
    )
    const hook = Buffer.from('panicForTest')
    assert.equal(readFileSync(installation.file(hostPackage, main)).includes(hook), false)
    // The same search finds the hook where it is.
    assert.equal(readFileSync(process.env.S3_TEST_HOOKS_ADDON).includes(hook), true)
  })

  it('refuses an addon of another version', { timeout: bound }, () => {
    const path = installation.file('s3-store-native', 'package.json')
    const manifest = readFileSync(path, 'utf8')
    const { version } = JSON.parse(manifest)
    writeFileSync(path, JSON.stringify({ ...JSON.parse(manifest), version: '99.0.0' }))
    try {
      const { failure } = installation.result('no-addon.mjs')
      assert.equal(failure.code, 'ERR_NATIVE_BINDING')
      for (const part of ['99.0.0', version, hostPackage]) assert.ok(failure.message.includes(part), failure.message)
    } finally {
      writeFileSync(path, manifest)
    }
  })
})

describe('the packed root alone, installed', () => {
  let installation

  before(
    () => {
      installation = new Installation()
      installation.install(packed.root)
    },
    { timeout: bound },
  )
  after(() => installation?.remove())

  it('can be imported, works with a client, and says what is missing for a native store', { timeout: bound }, () => {
    const { failure, ...rest } = installation.result('no-addon.mjs')
    assert.deepEqual(rest, { classes: 'function', engine: 'client', etag: '"1"' })
    assert.equal(failure.code, 'ERR_NATIVE_BINDING')
    const told = [host, hostPackage, '--omit=optional', 'lockfile', 'git', 'npm install']
    for (const part of told) assert.ok(failure.message.includes(part), `${part} in: ${failure.message}`)
    for (const module of [`./s3-store-native.${host}.node`, hostPackage]) {
      assert.ok(failure.message.includes(`\n- Cannot find module '${module}'`), `${module} in: ${failure.message}`)
    }
  })
})

describe('the packed root', () => {
  it('satisfies publint', { timeout: bound }, async () => {
    const tarball = readFileSync(packed.root)
    const { messages } = await publint({ pack: { tarball }, strict: true })
    assert.deepEqual(messages, [])
  })

  it('satisfies attw', { timeout: bound }, async () => {
    // Its exit code says that it found nothing; `output` throws on any other.
    await output(process.execPath, [commandOf('@arethetypeswrong/cli', 'attw'), packed.root])
  })
})
