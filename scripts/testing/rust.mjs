// The Rust tests: built quietly, then run, shown and counted.
import { run, ScriptError } from '../run.mjs'
import { buildRustTests, rustTestCommands } from '../build.mjs'

/** @returns {Promise<import('./summary.mjs').Counts>} */
export async function rustTests() {
  await buildRustTests()
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const args of rustTestCommands) {
    const before = counts.failed
    try {
      await run('cargo', [...args, '--no-fail-fast'], { onLine: (line) => count(line, counts) })
    } catch (error) {
      // A test that failed is in the counts, and the other tests run all the same. Anything else ends the run.
      if (!(error instanceof ScriptError) || counts.failed === before) throw error
    }
  }
  return counts
}

/** @param {string} line @param {import('./summary.mjs').Counts} counts */
function count(line, counts) {
  const result = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/.exec(line)
  if (!result) return
  counts.passed += Number(result[1])
  counts.failed += Number(result[2])
  counts.skipped += Number(result[3])
}
