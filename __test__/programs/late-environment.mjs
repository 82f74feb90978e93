// Sets the environment after loading the package, as a program does that reads a .env file.
import createS3Store from 's3-store-native'

Object.assign(process.env, JSON.parse(process.argv[2]))
const got = await createS3Store('bucket').getObject('key')
console.log(JSON.stringify({ text: await got.asString() }))
