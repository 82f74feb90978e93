// Holds the JavaScript to its declarations, and the declarations to what is said of them in __test__/types.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setup } from './setup.mjs'
import { commandOf, root, run, script } from './run.mjs'

await script(async () => {
  await setup()
  const typeTests = join(root, '__test__', 'types')
  const projects = readdirSync(typeTests).filter((name) => /^tsconfig.*\.json$/.test(name))
  // What runs in browsers is a project of its own: nothing of Node's is there.
  const pages = join(root, 'examples', 'tsconfig.json')
  for (const project of [join(root, 'tsconfig.json'), pages, ...projects.map((name) => join(typeTests, name))]) {
    await run(process.execPath, [commandOf('typescript', 'tsc'), '--project', project])
  }
})
