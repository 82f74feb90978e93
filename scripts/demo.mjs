// `npm run demo`: examples/quickstart.mjs against a development server that lives as long as the demo.
import { buildAddon, setup } from './setup.mjs'

const { script } = await import('./run.mjs')

await script(async () => {
  await setup()
  await buildAddon()
  const { runOnDevServer } = await import('./servers/run-on.mjs')
  await runOnDevServer('examples/quickstart.mjs', { bucket: 'quickstart' })
})
