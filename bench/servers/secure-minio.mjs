// MinIO behind its own TLS, with a certificate made for the run. The guard of scripts/servers keeps it; what waits for it there
// knows no authorities but Node's.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { logFile, root, ScriptError } from '../../scripts/run.mjs'
import { install } from '../../scripts/servers/install.mjs'
import { dataFolder, freePort, stopper } from '../../scripts/servers/process.mjs'

const READY_WITHIN_MS = 60_000

/** @param {{ ca: string, cert: string, key: string }} certificate */
export async function startSecureMinio({ ca, cert, key }) {
  const { program, version } = await install('minio')
  const folder = dataFolder('minio-tls')
  const certificates = join(folder, 'certs')
  mkdirSync(certificates)
  writeFileSync(join(certificates, 'public.crt'), cert)
  writeFileSync(join(certificates, 'private.key'), key)
  const address = `127.0.0.1:${await freePort()}`
  const accessKeyId = randomBytes(8).toString('hex')
  const secretAccessKey = randomBytes(16).toString('hex')
  const file = openSync(logFile('minio-tls'), 'w')
  const args = [program, 'server', '--address', address, '--certs-dir', certificates, join(folder, 'data')]
  const child = spawn(process.execPath, [join(root, 'scripts/servers/guard.mjs'), folder, ...args], {
    env: {
      ...process.env,
      MINIO_ROOT_USER: accessKeyId,
      MINIO_ROOT_PASSWORD: secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    },
    stdio: ['pipe', file, file],
  })
  closeSync(file)
  const stop = stopper(child)
  const endpoint = `https://${address}`
  const deadline = Date.now() + READY_WITHIN_MS
  while (!(await isReady(`${endpoint}/minio/health/ready`, ca))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop()
      throw new ScriptError('MinIO with TLS did not start: see .cache/logs/minio-tls.log')
    }
    await pause(100)
  }
  return { name: 'minio', version, endpoint, region: 'us-east-1', accessKeyId, secretAccessKey, stop }
}

/** @param {string} url @param {string} ca @returns {Promise<boolean>} */
function isReady(url, ca) {
  return new Promise((resolve) => {
    const request = get(url, { ca, agent: false, timeout: 2000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('timeout', () => request.destroy()).on('error', () => resolve(false))
  })
}
