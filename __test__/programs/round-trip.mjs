// Writes, reads and prints an object, or the error that came of it.
import createS3Store from 's3-store-native'

try {
  const store = createS3Store(process.argv[2])
  await store.deleteObject('tls')
  await store.createObject('tls', 'over TLS')
  console.log(JSON.stringify({ text: await (await store.getObject('tls')).asString() }))
} catch (error) {
  console.log(JSON.stringify({ error: error.message, code: error.code }))
}
