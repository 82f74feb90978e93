// `npm run lossy`: this store and the mirrored package, each on a MinIO behind a connection that loses answers. Prints what
// each said of its writes, beside what was true. `npm run lossy -- 500` makes 500 creates and 500 updates instead of 2,000.
import { buildAddon, setup } from '../scripts/setup.mjs'

const { script } = await import('../scripts/run.mjs')

const concurrency = 64
const losses = [0.2, 0.5]

await script(async () => {
  await setup()
  await buildAddon()
  const { startMinio } = await import('../scripts/servers/minio.mjs')
  const { seed } = await import('../__test__/support/random.mjs')
  const count = Number(process.argv[2] ?? 2000)
  const minio = await startMinio()
  console.log(`\n${count} creates and ${count} updates each, on MinIO ${minio.version} (S3_STORE_SEED=${seed})\n`)
  try {
    const table = {}
    for (const loss of losses) {
      for (const [name, open] of Object.entries(await stores())) {
        const { creates, updates, ms } = await measure({ minio, open, loss, count, seed })
        const column = `${name}, ${loss * 100} % lost`
        for (const verdict of Object.keys(creates)) {
          table[verdict] = { ...table[verdict], [column]: `${creates[verdict]} + ${updates[verdict]}` }
        }
        table['seconds for all'] = { ...table['seconds for all'], [column]: (ms / 1000).toFixed(1) }
      }
    }
    print(table)
  } finally {
    await minio.stop()
  }
})

/** How each store is opened. Both make up to three attempts, and have as many connections. */
async function stores() {
  const { native, sdkClient } = await import('../__test__/support/engines.mjs')
  const { default: mirrored } = await import('@kessler/s3-store')
  const requestHandler = { httpAgent: { maxSockets: concurrency } }
  return {
    's3-store-native': native.open,
    '@kessler/s3-store': (server, bucket) => mirrored(bucket, { client: sdkClient(server, { requestHandler }) }),
  }
}

async function measure({ minio, open, loss, count, seed }) {
  const { TestBucket } = await import('../__test__/support/bucket.mjs')
  const { LossyProxy } = await import('../__test__/support/lossy-proxy.mjs')
  const { generator } = await import('../__test__/support/random.mjs')
  const { runLossy } = await import('../__test__/truth/lossy-run.mjs')
  const proxy = await LossyProxy.start(minio, generator(seed))
  const bucket = await TestBucket.create(minio)
  try {
    const store = open(proxy, bucket.name)
    // This store has the server prove itself before its first write.
    await store.createObject('proof', 'x')
    proxy.loss = loss
    return await runLossy({ store, bucket, proxy, count, prefix: 'lossy' })
  } finally {
    await proxy.close()
  }
}

/** As Markdown: creates + updates in each field. */
function print(table) {
  const columns = Object.keys(Object.values(table)[0])
  const rows = [['creates + updates', ...columns], columns.map(() => '---').concat('---')]
  for (const [verdict, fields] of Object.entries(table))
    rows.push([verdict, ...columns.map((column) => fields[column])])
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)
}
