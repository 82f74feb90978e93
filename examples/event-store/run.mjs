// A bank account of which every change is an event: appended at a version, read again, followed, and handled by Emmett.
import { CommandHandler } from '@event-driven-io/emmett'
import createS3Store from 's3-store-native'
import { folder, store, tidyUp } from '../support/bucket.mjs'
import { emmettStore } from './emmett.mjs'
import { EventStore, VersionConflictError } from './event-store.mjs'

const deposited = (/** @type {number} */ amount) => ({ type: 'Deposited', data: { amount } })
const withdrawn = (/** @type {number} */ amount) => ({ type: 'Withdrawn', data: { amount } })
const evolve = (/** @type {number} */ balance, /** @type {any} */ { type, data }) =>
  type === 'Deposited' ? balance + data.amount : balance - data.amount
const balance = { name: 'balance', initial: () => 0, evolve, every: 5 }

const here = new EventStore(store, folder)
// Another store: it has connections of its own, as another process would.
const there = new EventStore(createS3Store(store.bucket), folder)

const leaving = new AbortController()
const following = follow()

const version = await here.append('ada', [deposited(100), withdrawn(30)], 0)
console.log(`Appended two events at once. The account is at version ${version}.`)

console.log('Two tills know that version, and append to it at the same time:')
const tills = Object.entries({ here, there })
const outcomes = await Promise.allSettled(tills.map(([, till]) => till.append('ada', [withdrawn(50)], version)))
for (const [number, outcome] of outcomes.entries()) {
  const till = tills[number]?.[0]
  if (outcome.status === 'fulfilled') console.log(`  The one ${till} has appended version ${outcome.value}.`)
  else if (outcome.reason instanceof VersionConflictError)
    console.log(`  The one ${till} not: ${outcome.reason.message}.`)
  else throw outcome.reason
}

console.log("Command handlers of Emmett's, eight at once: each reads, decides and appends, again if it was too late.")
const handle = CommandHandler({ evolve, initialState: () => 0, retry: { onVersionConflict: 20 } })
const withdraw = (/** @type {number} */ left) => {
  if (left < 5) throw new Error(`${left} is not enough`)
  return withdrawn(5)
}
const handled = await Promise.allSettled(
  Array.from({ length: 8 }, (_, n) => handle(emmettStore(n % 2 ? here : there), 'ada', withdraw)),
)
const refused = handled.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason.message)] : []))
console.log(
  `  ${handled.length - refused.length} withdrew 5; ${refused.length} were refused: ${[...new Set(refused)]}.`,
)

const all = await there.state('ada', balance)
console.log(`The balance is ${all.state}, at version ${all.version}. There is a snapshot of it now.`)
await here.append('ada', [deposited(7)], all.version)
let evolved = 0
const again = await there.state('ada', { ...balance, evolve: (state, event) => ((evolved += 1), evolve(state, event)) })
console.log(`With 7 more it is ${again.state}, for which ${evolved} event was evolved.`)

console.log(`A subscriber has seen:\n  ${(await following).join('\n  ')}`)
await tidyUp()

/** All that happens to the account, until there is the last event. */
async function follow() {
  const lines = []
  for await (const { version, type, data } of there.subscribe('ada', { every: 100, signal: leaving.signal })) {
    lines.push(`${version} ${type} ${data.amount}`)
    if (data.amount === 7) leaving.abort()
  }
  return lines
}
