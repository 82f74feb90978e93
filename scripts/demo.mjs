// `npm run demo`: examples/quickstart.mjs against a development server that lives as long as the demo.
import { buildAddon, setup } from './setup.mjs'

const { run, script } = await import('./run.mjs')
const bucket = 'quickstart'

await script(async () => {
  await setup()
  await buildAddon()
  const { startDevServer } = await import('./servers/dev-server.mjs')
  const server = await startDevServer({ buckets: [bucket] })
  console.log(`\nThe development server listens on ${server.endpoint}. Now examples/quickstart.mjs:\n`)
  try {
    await run(process.execPath, ['examples/quickstart.mjs'], { env: quickstartEnvironment(server) })
  } finally {
    await server.stop()
  }
  console.log('\nThe development server has stopped, and what it kept in memory is gone.')
})

/**
 * The variables that a user of the package would set; none of the user's own, which may lead to a real account.
 * @param {Awaited<ReturnType<typeof import('./servers/dev-server.mjs').startDevServer>>} server
 */
function quickstartEnvironment(server) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
  return {
    ...Object.fromEntries(own),
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_REGION: server.region,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    S3_BUCKET: bucket,
  }
}
