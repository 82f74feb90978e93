// `npm run docs`: the reference, out of the declarations and what is said in them. Nothing is fetched but what setup installs.
import { join, relative } from 'node:path'
import { setup } from './setup.mjs'
import { cache, commandOf, root, run, script } from './run.mjs'

await script(async () => {
  await setup()
  await run(process.execPath, [commandOf('typedoc'), '--options', join(root, 'scripts', 'docs', 'typedoc.json')])
  console.log(`Open ${relative(root, join(cache, 'docs', 'index.html'))}.`)
})
