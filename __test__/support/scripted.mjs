// Runs a suite, which is a function of a context, over engines and a scripted server of its own for each test.
import { describe, it } from 'node:test'
import { allEngines } from './engines.mjs'
import { ScriptedServer } from './scripted-server.mjs'

const bound = 60_000

/** The bucket in which scripted servers answer. */
export const bucket = 'scripted-bucket'

/**
 * Registers the tests of a suite for each of the engines. A test gets `{ server, store, openStore, engine, bucket }`.
 * @param {(context: { engine: object, test: (name: string, run: Function) => void }) => void} suite
 */
export function runScripted(suite, { engines = allEngines } = {}) {
  for (const engine of engines) {
    describe(`${suite.name}, ${engine.name}, scripted server`, () => {
      const test = (name, run) =>
        it(name, { timeout: bound }, async () => {
          const server = await ScriptedServer.start()
          const openStore = (options) => engine.open(server, bucket, { ...engine.trusting, ...options })
          try {
            await run({ server, engine, bucket, openStore, store: openStore() })
          } finally {
            await server.close()
          }
        })
      suite({ engine, test })
    })
  }
}
