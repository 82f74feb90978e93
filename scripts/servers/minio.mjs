import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { install } from './install.mjs'
import { dataFolder, freePort, startGuarded, withPortRetry } from './process.mjs'

/** Starts MinIO, the reference server of the tests. */
export async function startMinio() {
  const { program, version } = await install('minio')
  return withPortRetry(async () => {
    const folder = dataFolder('minio')
    const address = `127.0.0.1:${await freePort()}`
    const accessKeyId = randomBytes(8).toString('hex')
    const secretAccessKey = randomBytes(16).toString('hex')
    const descriptor = {
      name: 'minio',
      version,
      endpoint: `http://${address}`,
      region: 'us-east-1',
      accessKeyId,
      secretAccessKey,
    }
    // A certificates folder of its own, or MinIO would serve TLS with those of a user who has some.
    const args = ['server', '--address', address, '--certs-dir', join(folder, 'certs'), join(folder, 'data')]
    return startGuarded(descriptor, program, args, folder, {
      MINIO_ROOT_USER: accessKeyId,
      MINIO_ROOT_PASSWORD: secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    })
  })
}
