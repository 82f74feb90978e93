// The process of one client. It takes orders as lines of JSON on its standard input and answers each with one line; it ends
// with its input. Runs in Node.js and in Bun.
import { createInterface } from 'node:readline'
import { clients } from '../clients/index.mjs'
import { peakBytes, resetPeak, residentBytes } from './figures.mjs'
import { measure } from './measure.mjs'
import { lanesOf } from './operations.mjs'

/** @typedef {{ ms: number, operations: number }} Length */
/** @typedef {{ name: string, place: import('../clients/index.mjs').Place, work: import('./operations.mjs').Work, warmUp: Length }} Opening */

/** @type {(() => Promise<void>)[]} */
let lanes = []
let idle = 0

const orders = {
  /** Opens the client and warms it up. @param {Opening} opening */
  async open({ name, place, work, warmUp }) {
    const { module = name, options } = clients[name]
    const { open } = await import(`../clients/${module}.mjs`)
    const client = await open(place, options)
    // A small answer loads what is loaded late, so that what is in use then is what an idle client needs.
    if (work.verb === 'stream') await client.get('get-1024')
    idle = residentBytes()
    resetPeak()
    lanes = lanesOf(client, work)
    await measure(lanes, warmUp)
  },

  /** @param {Length} length */
  round: (length) => measure(lanes, length),

  memory: async () => ({ idle, peak: peakBytes(), now: residentBytes() }),
}

const input = createInterface({ input: process.stdin })
for await (const line of input) {
  const [order, argument] = JSON.parse(line)
  try {
    answer({ ok: (await orders[order](argument)) ?? null })
  } catch (error) {
    answer({ error: { name: error.name, code: error.code ?? error.Code ?? error.cause?.code, message: error.message } })
  }
}
process.exit(0)

/** @param {object} reply */
function answer(reply) {
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}
