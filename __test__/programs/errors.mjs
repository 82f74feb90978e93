// Makes a store of the options given and prints the errors of its calls.
import { inspect } from 'node:util'
import createS3Store from 's3-store-native'

const store = createS3Store(process.argv[3] ?? 'bucket', JSON.parse(process.argv[2]))
const outcomes = await Promise.allSettled([
  store.createObject('key', 'x'),
  store.getObject('key'),
  store.deleteObject('key'),
  store.list()[Symbol.asyncIterator]().next(),
])
const errors = outcomes.map(({ status, reason }) =>
  status === 'rejected'
    ? { name: reason.name, code: reason.code, message: reason.message, text: inspect(reason, { depth: 10 }) }
    : { name: 'none' },
)
console.log(JSON.stringify({ errors }))
