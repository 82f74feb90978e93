import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cache, ScriptError } from '../run.mjs'
import { install } from './install.mjs'
import { dataFolder, freePort, startGuarded, withPortRetry } from './process.mjs'

/** Starts versitygw over a folder, for what MinIO does not do: conditional deletes. */
export async function startVersitygw() {
  if (process.platform === 'win32') throw new ScriptError('versitygw does not run on Windows')
  const { program, version } = await install('versitygw')
  try {
    return await start(program, version, tmpdir())
  } catch (error) {
    // It keeps metadata in extended attributes, which the file system of the temporary folder may lack.
    if (!/xattr|extended attribute/i.test(/** @type {Error} */ (error).message)) throw error
    return start(program, version, join(cache, 'servers'))
  }
}

/** @param {string} program @param {string} version @param {string} parent of the data folder */
function start(program, version, parent) {
  return withPortRetry(async () => {
    const folder = dataFolder('versitygw', parent)
    const [data, versions] = [join(folder, 'data'), join(folder, 'versions')]
    mkdirSync(data)
    mkdirSync(versions)
    const address = `127.0.0.1:${await freePort()}`
    const accessKeyId = randomBytes(8).toString('hex')
    const secretAccessKey = randomBytes(16).toString('hex')
    const region = 'us-east-1'
    const descriptor = {
      name: 'versitygw',
      version,
      endpoint: `http://${address}`,
      region,
      accessKeyId,
      secretAccessKey,
    }
    const args = ['--quiet', '--region', region, '--port', address, 'posix', '--versioning-dir', versions, data]
    return startGuarded(descriptor, program, args, folder, {
      ROOT_ACCESS_KEY_ID: accessKeyId,
      ROOT_SECRET_ACCESS_KEY: secretAccessKey,
    })
  })
}
