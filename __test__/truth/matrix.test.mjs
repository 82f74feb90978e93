// Every conditional write × every way of losing its answer × every other writer: what the store says is what the server did.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TestBucket } from '../support/bucket.mjs'
import { closeClients, native } from '../support/engines.mjs'
import { FaultServer } from '../support/fault-server.mjs'
import { generator, pick, seed } from '../support/random.mjs'
import { runCell } from './cell.mjs'
import { allCells, faults, reasons, titleOf } from './cells.mjs'

const bound = 60_000
// An attempt whose answer is held to its client's end has this long; nothing else takes nearly as much.
const requestTimeout = 2000

describe(`the matrix (S3_STORE_SEED=${seed})`, { concurrency: 32 }, () => {
  /** @type {FaultServer} */
  let server
  const buckets = []
  const stores = []

  before(async () => {
    server = await FaultServer.start(seed)
    for (const isVersioned of [false, true]) {
      const bucket = await TestBucket.create(server)
      if (isVersioned) await bucket.keepVersions()
      buckets.push(bucket)
      stores.push({
        patient: native.open(server, bucket.name),
        hasty: native.open(server, bucket.name, { requestTimeout }),
      })
    }
  })
  after(async () => {
    closeClients()
    await server.stop()
  })

  const cells = allCells()
  for (const reason of reasons) {
    const leftOut = cells.filter((combination) => combination.reason === reason).length
    it(`leaves out ${leftOut} of ${cells.length} combinations: ${reason}`, () => assert.ok(leftOut > 0))
  }

  const random = generator(seed)
  for (const [number, { cell, reason }] of cells.entries()) {
    if (reason) continue
    const ways = faults[cell.fault].filter((way) => cell.other === 'nobody else writes' || way?.meanwhile !== 'wait')
    const action = pick(random, ways)
    it(`${titleOf(cell)}${action ? `: ${JSON.stringify(action)}` : ''}`, { timeout: bound }, async () => {
      const which = Number(cell.isVersioned)
      const store = stores[which][action?.meanwhile === 'wait' ? 'hasty' : 'patient']
      const found = await runCell({ cell, action, key: `cell-${number}`, server, bucket: buckets[which], store })
      assert.deepEqual(found, [])
    })
  }
})
