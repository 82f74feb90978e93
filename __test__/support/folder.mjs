// A folder for the files of a test.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Gives a folder, which is removed afterwards.
 * @template T
 * @param {(folder: string) => T | Promise<T>} run
 */
export async function inFolder(run) {
  const folder = await mkdtemp(join(tmpdir(), 's3-store-'))
  try {
    return await run(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
