// Reads an object with a store of the options given, and of what the environment says.
import createS3Store from 's3-store-native'

const store = createS3Store('bucket', JSON.parse(process.argv[2]))
const got = await store.getObject('key')
console.log(JSON.stringify({ text: await got.asString() }))
