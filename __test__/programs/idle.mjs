// Uses a store in the way named and comes to its end. Nothing may keep the process alive.
import createS3Store from 's3-store-native'

const [, , bucket, use] = process.argv
const uses = {
  nothing: () => {},
  store: () => createS3Store(bucket),
  call: async () => (await createS3Store(bucket).getObject('small')).asString(),
  unread: () => createS3Store(bucket).getObject('large'),
  'half-read': async () => {
    const { response } = await createS3Store(bucket).getObject('large')
    await response.Body[Symbol.asyncIterator]().next()
  },
  cancelled: async () => (await createS3Store(bucket).getObject('large')).cancel(),
  listing: async () => {
    for await (const page of createS3Store(bucket).list()) if (page.length > 0) break
  },
  closed: async () => {
    const store = createS3Store(bucket)
    const kept = await store.getObject('large')
    await store.close()
    return [store, kept]
  },
  failed: () =>
    createS3Store(bucket)
      .getObject('absent')
      .catch(() => {}),
}
globalThis.kept = await uses[use]()
console.log('end')
