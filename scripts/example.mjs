// `npm run example <name>`: examples/<name>/run.mjs against a development server that lives as long as it. Without a name, what there is.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildAddon, setup } from './setup.mjs'

const { root, script, ScriptError } = await import('./run.mjs')
const folder = join(root, 'examples')

await script(async () => {
  const [name, ...args] = process.argv.slice(2)
  const examples = titles()
  if (name === undefined) return console.log(list(examples))
  if (!examples.has(name)) throw new ScriptError(`There is no example ${name}.\n\n${list(examples)}`)
  // The tests, which run this too, have built everything before.
  const program = process.env.S3_TEST_DEV_SERVER
  if (!program) {
    await setup()
    await buildAddon()
  }
  const { runOnDevServer } = await import('./servers/run-on.mjs')
  return runOnDevServer(`examples/${name}/run.mjs`, { args, bucket: 'example', keepsVersions: true, program })
})

/** The examples that are a folder, each with the title of its README. */
function titles() {
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'run.mjs')))
  return new Map(
    names.map((name) => {
      const [title = ''] = readFileSync(join(folder, name, 'README.md'), 'utf8').split('\n')
      return [name, title.replace(/^# (?:[\w-]+: )?/, '')]
    }),
  )
}

/** @param {Map<string, string>} examples */
function list(examples) {
  const width = Math.max(...[...examples.keys()].map(({ length }) => length))
  const lines = [...examples].map(([name, title]) => `  ${name.padEnd(width)}  ${title}`)
  return `npm run example <name>\n\n${lines.join('\n')}`
}
