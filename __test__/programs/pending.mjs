// Starts a call and does not wait for it.
import createS3Store from 's3-store-native'

const store = createS3Store('bucket')
const call = store.getObject('key')
if (process.argv[2] === 'stay') call.then(() => console.log('settled'))
else {
  for (let count = 0; count < 100; count += 1) store.createObject(`key-${count}`, 'x').catch(() => {})
  setTimeout(() => {
    if (process.argv[2] === 'exit') process.exit(7)
    throw new Error('thrown in the middle of calls')
  }, 100)
}
