// The JavaScript tests: each file of __test__ in a process of its own, run by Node's test runner.
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { root, ScriptError } from '../run.mjs'

// Longer than any file needs: a file that hangs is a failure, not a run without an end.
const FILE_TIMEOUT_MS = 20 * 60_000

/**
 * The test files chosen on the command line, or all of them.
 * @param {string[]} chosen paths, from where the command was given
 */
export function testFiles(chosen) {
  if (chosen.length > 0) {
    const files = chosen.map((file) => resolve(process.env.INIT_CWD ?? root, file))
    const absent = files.filter((file) => !existsSync(file))
    if (absent.length > 0) throw new ScriptError(`There is no test file ${absent.join(', ')}.`)
    return files
  }
  const names = readdirSync(join(root, '__test__'), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.test.mjs'))
    .toSorted()
    .map((name) => join(root, '__test__', name))
}

/**
 * Runs the files, with the report on the terminal.
 * @param {string[]} files
 * @param {{ servers: import('../servers/index.mjs').Descriptor[], devServer: string, hooksAddon: string }} context
 * @returns {Promise<import('./summary.mjs').Counts>}
 */
export async function javascriptTests(files, { servers, devServer, hooksAddon }) {
  setEnvironment({
    S3_TEST_SERVERS: JSON.stringify(servers),
    S3_TEST_DEV_SERVER: devServer,
    S3_TEST_HOOKS_ADDON: hooksAddon,
  })
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const events = run({ files, concurrency: Math.min(2, availableParallelism()), timeout: FILE_TIMEOUT_MS })
  events.on('test:pass', ({ details, skip, todo }) => {
    if (isSuite(details)) return
    if (isSet(skip) || isSet(todo)) counts.skipped++
    else counts.passed++
  })
  // The runner's own totals leave out a suite whose tests pass but whose hooks fail.
  events.on('test:fail', ({ details, todo }) => {
    const { failureType } = /** @type {Error & { failureType?: string }} */ (details.error)
    if (failureType !== 'subtestsFailed' && !isSet(todo)) counts.failed++
  })
  for await (const text of events.compose(new spec())) process.stdout.write(text)
  if (counts.passed + counts.failed === 0) throw new ScriptError('No test ran.')
  return counts
}

/** @param {{ type?: string }} details */
function isSuite({ type }) {
  return type === 'suite'
}

/** Whether a test is marked: the mark may be its reason. @param {string | boolean | undefined} mark */
function isSet(mark) {
  return mark !== undefined && mark !== false
}

/**
 * The environment of the tests, which the runner hands on from this process: nothing in it leads to a real account, to a
 * proxy or to the user's own configuration.
 * @param {Record<string, string>} added
 */
function setEnvironment(added) {
  for (const name of Object.keys(process.env)) {
    if (/^AWS_|_PROXY$|^S3_TEST_/i.test(name)) delete process.env[name]
  }
  Object.assign(process.env, added, {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(root, '.cache', 'no-such-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(root, '.cache', 'no-such-credentials'),
    // A notice about the end of a Node version's support, once per process.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  })
}
