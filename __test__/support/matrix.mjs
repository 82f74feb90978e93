// Runs a suite, which is a function of a context, over engines and servers.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createJsonWrapper } from 's3-store-native'
import { TestBucket } from './bucket.mjs'
import { differencesOf } from './differences.mjs'
import { allEngines, closeClients } from './engines.mjs'
import { servers as allServers } from './servers.mjs'

const bound = 60_000

/** What a suite gets. The fields that need a server are there once the tests run. */
class Context {
  #buckets = []
  #differences
  #names = new Set()

  constructor(suite, server, engine) {
    this.server = server
    this.engine = engine
    this.#differences = differencesOf({ suite: suite.name, server: server.name, engine: engine.engine })
  }

  async open() {
    this.bucket = await this.makeBucket()
    this.store = this.openStore()
    this.json = createJsonWrapper(this.store)
  }

  async close() {
    for (const bucket of this.#buckets) await bucket.remove()
    closeClients()
  }

  /** Another bucket, removed with the first. */
  makeBucket = async () => {
    const bucket = await TestBucket.create(this.server)
    this.#buckets.push(bucket)
    return bucket
  }

  /** Another store, on this bucket or the one named. */
  openStore = (options, bucket = this.bucket.name, server = this.server) => this.engine.open(server, bucket, options)

  /**
   * Registers a test, a function of the context, that holds everywhere but where the table of differences says how it
   * fails instead.
   */
  test = (name, run) => {
    this.#names.add(name)
    const row = this.#differences.find(({ tests }) => tests.includes(name))
    if (!row) return it(name, { timeout: bound }, () => run(this))
    const title = `${name} [differs: ${row.reason}]`
    if (row.skip) return it(title, { skip: row.reason }, () => {})
    return it(title, { timeout: bound }, async () => {
      await assert.rejects(async () => run(this), row.fails, `this difference is gone, drop its row: ${row.reason}`)
    })
  }

  /** Fails when the table has a row for a test that does not exist. */
  checkDifferences() {
    const unknown = this.#differences.flatMap(({ tests }) => tests).filter((name) => !this.#names.has(name))
    assert.deepEqual(unknown, [], 'the table of differences names tests that do not exist')
  }
}

/**
 * Registers the tests of a suite for each of the engines on each of the servers.
 * @param {(context: Context) => void} suite
 */
export function runSuite(suite, { engines = allEngines, servers = allServers } = {}) {
  for (const server of servers) {
    for (const engine of engines) {
      describe(`${suite.name}, ${engine.name}, ${server.name}`, () => {
        const context = new Context(suite, server, engine)
        before(() => context.open(), { timeout: bound })
        after(() => context.close(), { timeout: bound })
        suite(context)
        context.checkDifferences()
      })
    }
  }
}
