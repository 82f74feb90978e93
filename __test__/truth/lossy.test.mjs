// Through a connection that loses answers, on a real server: every write is what the store says it is.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TestBucket } from '../support/bucket.mjs'
import { closeClients, native } from '../support/engines.mjs'
import { LossyProxy } from '../support/lossy-proxy.mjs'
import { generator, seed } from '../support/random.mjs'
import { servers } from '../support/servers.mjs'
import { runLossy, verdicts } from './lossy-run.mjs'

const bound = 5 * 60_000
// `npm run lossy` makes 2,000 of each, and as many with the mirrored package.
const count = Number(process.env.S3_STORE_LOSSY_WRITES ?? 250)

for (const server of servers.filter(({ name }) => name === 'minio')) {
  describe(`${server.name} behind a lossy connection (S3_STORE_SEED=${seed})`, () => {
    for (const loss of [0.2, 0.5]) {
      it(`${count} creates and ${count} updates at ${loss * 100} % loss`, { timeout: bound }, async (t) => {
        const proxy = await LossyProxy.start(server, generator(seed))
        const bucket = await TestBucket.create(server)
        try {
          const store = native.open(proxy, bucket.name)
          // The server proves itself before answers get lost.
          await store.createObject('proof', 'x')
          proxy.loss = loss
          const { creates, updates } = await runLossy({ store, bucket, proxy, count, prefix: 'lossy' })
          for (const [what, counts] of Object.entries({ creates, updates })) {
            t.diagnostic(`${what}: ${JSON.stringify(counts)}`)
            for (const verdict of ['falseSuccess', 'falseConflict', 'falseFailure', 'failure', 'foretold']) {
              assert.equal(counts[verdicts[verdict]], 0, `${what}: ${verdicts[verdict]}`)
            }
            assert.ok(counts[verdicts.success] > 0.8 * count, `${what}: ${JSON.stringify(counts)}`)
          }
        } finally {
          proxy.loss = 0
          await bucket.remove()
          await proxy.close()
          closeClients()
        }
      })
    }
  })
}
