// Makes a store, then changes the environment, and only then makes the first call.
import createS3Store from 's3-store-native'

const store = createS3Store('bucket', JSON.parse(process.argv[2]))
Object.assign(process.env, JSON.parse(process.argv[3]))
try {
  const got = await store.getObject('key')
  console.log(JSON.stringify({ text: await got.asString() }))
} catch (error) {
  console.log(JSON.stringify({ error: error.name, message: error.message }))
}
