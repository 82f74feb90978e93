// Keeps calls of every kind in flight and ends in the middle of them, each time at another moment.
import createS3Store from 's3-store-native'

const [, , bucket, moment] = process.argv
const store = createS3Store(bucket)
const again = async (call) => {
  for (;;) await call()
}
for (let lane = 0; lane < 8; lane += 1) {
  again(() => store.getObject('small'))
  again(async () => (await store.getObject('large')).asByteArray())
  again(() => store.getObject('large'))
  again(() => store.createObject('small', 'x').catch(() => {}))
  again(() => store.list()[Symbol.asyncIterator]().next())
}
setTimeout(() => process.exit(3), 30 + 37 * Number(moment))
