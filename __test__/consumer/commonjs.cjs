// A user's program in CommonJS. Prints what it found as JSON.
const createS3Store = require('s3-store-native')

async function main() {
  const store = createS3Store(process.argv[2])
  const created = await store.createObject('commonjs', 'one')
  const conflict = await store.createObject('commonjs', 'two').catch((error) => error)
  const pages = []
  for await (const page of store.list('commonjs')) pages.push(page.map((object) => object.Key))
  await store.deleteObjectIfMatch('commonjs', created.etag)
  const gone = await store.getObject('commonjs').catch((error) => error)
  console.log(
    JSON.stringify({
      engine: store.engine,
      keyExists: conflict instanceof createS3Store.KeyExistsError,
      pages,
      gone: gone.name,
    }),
  )
}

main()
