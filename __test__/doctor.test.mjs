// The command line: what it prints, and how it ends.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { TestBucket } from './support/bucket.mjs'
import { cleanEnvironment, environment, runProgram } from './support/child.mjs'
import { closeClients } from './support/engines.mjs'
import { anyServer, servers } from './support/servers.mjs'

const bound = 60_000
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const command = (args, env) => runProgram('../../bin/s3-store-native.cjs', args, { env })
const doctor = (bucket, args, env) => command(['doctor', '--bucket', bucket, ...args], env)

/** What works on each server, by what the doctor says, and what it says of the rest. */
const expected = {
  'dev-server': {
    code: 0,
    works:
      /createObject, update, putObjectIfMatch, getObjectIfMatch, deleteObjectIfMatch, bodies in parts, copyObject, restoreVersion, getObject with ifNoneMatch$/m,
  },
  minio: {
    code: 1,
    works:
      /works: createObject, update, putObjectIfMatch, getObjectIfMatch, bodies in parts, getObject with ifNoneMatch$/m,
    problem: /^- deleteObjectIfMatch: the server ignores If-Match on DeleteObject, .* refuses the call/m,
  },
  // It checks and writes, and checks and deletes, in two steps each: in a race of the two both can succeed, and the verdict on
  // either row is racy then.
  versitygw: {
    code: 1,
    works:
      /works: createObject, (update, putObjectIfMatch, )?getObjectIfMatch, bodies in parts, getObject with ifNoneMatch$/m,
    problem: /^- deleteObjectIfMatch: the server answers the conditional deletion of an absent key with success/m,
  },
}

for (const server of servers.filter(({ name }) => name in expected)) {
  describe(`the doctor on ${server.name}`, () => {
    const { code, works, problem } = expected[server.name]
    const env = environment(server)
    let bucket
    before(async () => (bucket = await TestBucket.create(server)))
    after(async () => {
      await bucket?.remove()
      closeClients()
    })

    it('prints a table, and a verdict in words', { timeout: bound }, async () => {
      const ended = await doctor(bucket.name, [], env)
      assert.deepEqual([ended.code, ended.stderr], [code, ''])
      assert.ok(ended.stdout.startsWith(`s3-store-native ${version}: ${server.endpoint}, bucket ${bucket.name}\n`))
      for (const row of [
        'If-None-Match: \\* on PutObject +enforced ',
        'If-Match on PutObject +(enforced|racy) ',
        'metadata kept +enforced ',
        'both on CopyObject +(enforced|ignored) ',
      ]) {
        assert.match(ended.stdout, new RegExp(`^${row}`, 'm'))
      }
      assert.match(ended.stdout, works)
      if (problem) assert.match(ended.stdout, problem)
      const copies = /^- copyObject, restoreVersion: the server ignores .*\n +What to do: set partSize/m
      assert.equal(copies.test(ended.stdout), code === 1)
      assert.match(ended.stdout, code === 0 ? /promises hold/ : /^Not all of the store's promises hold/m)
    })

    it('prints JSON', { timeout: bound }, async () => {
      const ended = await doctor(bucket.name, ['--json', '--region', server.region], env)
      assert.deepEqual([ended.code, ended.stderr], [code, ''])
      const { holds, summary, works, problems, report, ...rest } = JSON.parse(ended.stdout)
      assert.deepEqual(rest, { version })
      assert.equal(holds, code === 0)
      assert.equal(problems.length > 0, code === 1)
      assert.equal(typeof summary, 'string')
      assert.ok(works.includes('createObject'))
      assert.equal(report.create.verdict, 'enforced')
    })
  })
}

describe('the command line', () => {
  const env = environment(anyServer)
  const nowhere = { ...env, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }

  const misuse = {
    'no command': [],
    'an unknown command': ['nurse'],
    'no bucket': ['doctor'],
    'an empty bucket': ['doctor', '--bucket', ''],
    'one argument too many': ['doctor', 'bucket', '--bucket', 'b'],
    'an unknown option': ['doctor', '--bucket', 'b', '--fast'],
    'an endpoint that is no URL': ['doctor', '--bucket', 'b', '--endpoint', 'localhost:9000'],
  }
  for (const [name, args] of Object.entries(misuse)) {
    it(`${name}: exit code 2, with the usage`, { timeout: bound }, async () => {
      const { code, stdout, stderr } = await command(args, env)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, /^Usage: npx s3-store-native doctor/m)
      assert.doesNotMatch(stderr, /^Usage/, 'what is wrong comes first')
      assert.doesNotMatch(stderr, / at .*\.cjs/, 'no stack')
    })
  }

  it('says how it is used, and its version', { timeout: bound }, async () => {
    const help = await command(['--help'], env)
    assert.deepEqual([help.code, help.stderr], [0, ''])
    for (const option of ['--bucket', '--endpoint', '--region', '--force-path-style', '--json']) {
      assert.ok(help.stdout.includes(option), option)
    }
    const told = await command(['--version'], env)
    assert.deepEqual([told.code, told.stdout], [0, `${version}\n`])
  })

  const failures = {
    'no connection': [nowhere, /ECONNREFUSED.*127\.0\.0\.1:1/],
    'no credentials': [
      { ...cleanEnvironment(), AWS_ENDPOINT_URL_S3: anyServer.endpoint, AWS_REGION: 'us-east-1' },
      /credentials/,
    ],
    'no such bucket': [env, /NoSuchBucket \(404\)/],
    'a wrong secret': [{ ...env, AWS_SECRET_ACCESS_KEY: 'wrong' }, /SignatureDoesNotMatch \(403\)/],
  }
  for (const [name, [env, expected]] of Object.entries(failures)) {
    it(`${name}: exit code 2, with the reason`, { timeout: bound }, async () => {
      const { code, stdout, stderr } = await doctor('no-such-bucket-here', ['--force-path-style'], env)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, /^s3-store-native doctor found nothing out: /)
      assert.match(stderr, expected)
      assert.doesNotMatch(stderr, / at .*\.cjs/, 'no stack')
    })
  }
})
