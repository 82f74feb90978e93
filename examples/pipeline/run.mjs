// Three stages: what one has made is read by the next. One dies in the midst, one is run twice, and a byte is flipped.
import { folder, store, tidyUp } from '../support/bucket.mjs'
import { IntegrityError, NotCommittedError } from './errors.mjs'
import { Pipeline } from './pipeline.mjs'

/** @typedef {import('./pipeline.mjs').Work} Work */

const pipeline = new Pipeline(store, folder)
const run = '2026-11-22'
const sales = { monday: [5, 7], tuesday: [10], wednesday: [11, 9] }

const extracted = await pipeline.run('extract', run, async ({ write }) => {
  for (const [day, amounts] of Object.entries(sales)) await write(day, JSON.stringify(amounts))
})
console.log(`extract has made ${extracted.names.length} parts: ${extracted.names.join(', ')}.`)

/** @param {Work} work */
const sum = async ({ inputs: [days], write }) => {
  for (const day of days?.names ?? []) {
    const amounts = JSON.parse(String(await days?.read(day)))
    await write(day, String(amounts.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0)))
  }
}
/** @param {Work} work */
const total = async ({ inputs: [sums], write }) => {
  let all = 0
  for (const day of sums?.names ?? []) all += Number(await sums?.read(day))
  await write('total', `total ${all}`)
}

const dying = pipeline.run(
  'sum',
  run,
  async ({ write }) => {
    await write('monday', '12')
    throw new Error('power failure')
  },
  { inputs: ['extract'] },
)
await dying.catch((/** @type {Error} */ error) => console.log(`sum dies after its first part: ${error.message}.`))
await pipeline.run('total', run, total, { inputs: ['sum'] }).catch((error) => {
  if (!(error instanceof NotCommittedError)) throw error
  console.log(`total does not begin: ${error.message}.`)
})
// Only here it is known that nobody is at work: otherwise it would be some hours.
const { deleted } = await pipeline.sweep({ olderThan: -60_000 })
console.log(`Swept ${deleted.length} part that no manifest names.`)

await pipeline.run('sum', run, sum, { inputs: ['extract'] })
const result = await pipeline.run('total', run, total, { inputs: ['sum'] })
const madeOf = result.manifest.inputs.map(({ stage, run, sha256 }) => `${stage} ${run} ${sha256.slice(0, 8)}…`)
console.log(`Run again: ${await result.read('total')}, made of ${madeOf.join(', ')}`)

let worked = 0
const outputs = await Promise.all(
  [1, 2].map(() => pipeline.run('total', run, async () => void (worked += 1), { inputs: ['sum'] })),
)
const isSame = outputs.every(({ manifest }) => manifest.attempt === result.manifest.attempt)
console.log(
  `And again, twice: it ${worked ? 'worked' : 'did no work'}, and gave ${isSame ? 'the same' : 'another'} manifest.`,
)

const { key = '' } = extracted.manifest.parts[0] ?? {}
await store.update(key, async (got) => (await got?.asString())?.replace('5', '6'))
await (await pipeline.open('extract', run)).read('monday').catch((error) => {
  if (!(error instanceof IntegrityError)) throw error
  console.log(`A byte is flipped: ${error.message.replace(folder, '')}.`)
})

await tidyUp()
