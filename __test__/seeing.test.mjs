// What can be seen of a store: diagnostics_channel, NODE_DEBUG, stats() and what is printed.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { TestBucket } from './support/bucket.mjs'
import { environment, runProgram } from './support/child.mjs'
import { closeClients, delegated, nativeEngines } from './support/engines.mjs'
import { FaultServer } from './support/fault-server.mjs'
import { inFolder } from './support/folder.mjs'
import { runSuite } from './support/matrix.mjs'
import { runScripted } from './support/scripted.mjs'
import { anyServer } from './support/servers.mjs'
import { attempts, calls } from './support/watch.mjs'
import { clientSeeing, nativeSeeing, seeing, seenOnServers } from './suites/seeing.mjs'

runSuite(seenOnServers)
runScripted(seeing)
runScripted(nativeSeeing, { engines: nativeEngines })
runScripted(clientSeeing, { engines: [delegated] })

describe('where answers are lost', () => {
  /** @type {FaultServer} */
  let server
  let bucket

  before(async () => {
    server = await FaultServer.start()
    bucket = await TestBucket.create(server)
  })
  after(async () => {
    closeClients()
    await server.stop()
  })

  for (const engine of nativeEngines) {
    it(`${engine.name}: a write that was recovered says so`, { timeout: 60_000 }, async () => {
      const key = `recovered-${engine.name}`
      const store = engine.open(server, bucket.name, engine.trusting)
      await server.add({ match: { key, operation: 'PutObject' }, times: 1, action: { what: 'drop', when: 'after' } })
      let told
      const messages = await attempts(async () => {
        told = await calls(['createObject'], () => store.createObject(key, 'x'))
      })
      const { recovered, attempts: made, bytes } = told.at(-1).seen
      assert.deepEqual({ recovered, made, bytes }, { recovered: true, made: 2, bytes: 1 })
      assert.deepEqual(
        messages.map(({ request, attempt, status, code }) => [request, attempt, status ?? code]),
        [
          ['PutObject', 1, 'ECONNRESET'],
          ['PutObject', 2, 412],
          ['HeadObject', 1, 200],
        ],
      )
    })

    it(`${engine.name}: a body that is taken up again is told as a request`, { timeout: 60_000 }, async () => {
      const key = `broken-${engine.name}`
      const body = randomBytes(1024 * 1024)
      await bucket.write(key, body)
      const action = { what: 'truncate', bytes: 600_000, of: 'body' }
      await server.add({ match: { key, operation: 'GetObject' }, times: 1, action })
      const store = engine.open(server, bucket.name)
      const messages = await attempts(async () => {
        assert.ok(body.equals(await (await store.getObject(key)).asByteArray()))
      })
      assert.deepEqual(
        messages.map(({ operation, key: found, request, status }) => [operation, found, request, status]),
        [
          ['getObject', key, 'GetObject', 200],
          ['getObject', key, 'GetObject', 206],
        ],
      )
      assert.equal(store.stats().bytesReceived, body.length)
    })

    it(`${engine.name}: so is that of a part of a file`, { timeout: 60_000 }, async () => {
      const key = `broken-file-${engine.name}`
      const body = randomBytes(1024 * 1024)
      await bucket.write(key, body)
      const action = { what: 'truncate', bytes: 600_000, of: 'body' }
      await server.add({ match: { key, operation: 'GetObject' }, times: 1, action })
      const store = engine.open(server, bucket.name)
      const messages = await inFolder((folder) => attempts(() => store.getObjectToFile(key, join(folder, 'file'))))
      assert.deepEqual(
        messages.map(({ operation, key: found, request, status }) => [operation, found, request, status]),
        [
          ['getObjectToFile', key, 'GetObject', 206],
          ['getObjectToFile', key, 'GetObject', 206],
        ],
      )
    })
  }
})

describe('NODE_DEBUG=s3-store', () => {
  const ownKey = '0123456789-a-secret-0123456789-x'

  async function run(env) {
    const bucket = await TestBucket.create(anyServer)
    try {
      const { code, stdout, stderr } = await runProgram('seen.mjs', [bucket.name, ownKey], {
        env: { ...environment(anyServer), ...env },
      })
      assert.equal(code, 0, stderr)
      return { stderr, bucket: bucket.name, ...JSON.parse(stdout) }
    } finally {
      await bucket.remove()
    }
  }

  it('prints a line for each attempt, and no secret', { timeout: 60_000 }, async () => {
    const { stderr, bucket, pid, query } = await run({ NODE_DEBUG: 's3-store' })
    const lines = stderr.trimEnd().split('\n')
    const key = 'a key\\nof two lines, 100%s'
    const expected = [
      `createObject "${bucket}/${key}": PutObject attempt 1: 200`,
      `getObject "${bucket}/${key}": GetObject attempt 1: 200`,
      `list "${bucket}/a key": ListObjectsV2 attempt 1: 200`,
      `getObject "${bucket}/absent": GetObject attempt 1: 404 NoSuchKey`,
    ]
    for (const [index, text] of expected.entries()) {
      assert.ok(lines[index].startsWith(`S3-STORE ${pid}: ${text}, `), `${lines[index]} is not ${text}`)
      assert.match(lines[index], /, \d+\.\d ms$/)
    }
    for (const line of lines) assert.match(line, /^S3-STORE \d+: \w+ ".*": \w+ attempt \d+: .*, \d+\.\d ms$/)
    const secrets = [ownKey, Buffer.from(ownKey).toString('base64'), anyServer.secretAccessKey]
    for (const [, value] of new URLSearchParams(query)) if (value.length > 20) secrets.push(value)
    for (const secret of secrets) assert.ok(!stderr.includes(secret), `${secret} is on stderr`)
  })

  it('nothing is printed otherwise', { timeout: 60_000 }, async () => {
    assert.equal((await run({})).stderr, '')
  })
})
