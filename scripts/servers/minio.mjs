import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { install } from './install.mjs'
import { dataFolder, freePort, startGuarded, withPortRetry } from './process.mjs'

/** Starts MinIO, the reference server of the tests. */
export async function startMinio() {
  const { program, version } = await install('minio')
  return withPortRetry(async () => {
    const node = { name: 'minio', folder: dataFolder('minio'), address: `127.0.0.1:${await freePort()}` }
    return startNode({ program, version }, node, [join(node.folder, 'data')], credentials())
  })
}

/**
 * Starts a cluster of MinIO on this machine.
 * @param {string} host an address of this machine that is not loopback: on one that is, MinIO takes its nodes for one
 * @param {number} size how many nodes
 */
export async function startMinioCluster(host, size) {
  const installed = await install('minio')
  return withPortRetry(async () => {
    const nodes = []
    for (let number = 1; number <= size; number += 1) {
      const name = `minio-${number}`
      nodes.push({ name, folder: dataFolder(name), address: `${host}:${await freePort()}` })
    }
    const data = nodes.map(({ folder, address }) => `http://${address}${join(folder, 'data')}`)
    const keys = credentials()
    const starting = nodes.map((node) => startNode(installed, node, data, keys, { MINIO_CI_CD: '1' }))
    const started = await Promise.allSettled(starting)
    const running = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const failed = started.find((outcome) => outcome.status === 'rejected')
    if (!failed) return running
    await Promise.all(running.map((node) => node.stop()))
    throw failed.reason
  })
}

function credentials() {
  return { accessKeyId: randomBytes(8).toString('hex'), secretAccessKey: randomBytes(16).toString('hex') }
}

/**
 * @param {{ program: string, version: string }} installed
 * @param {{ name: string, folder: string, address: string }} node
 * @param {string[]} data where the objects are, of all nodes
 * @param {{ accessKeyId: string, secretAccessKey: string }} keys
 * @param {NodeJS.ProcessEnv} [env]
 */
function startNode({ program, version }, { name, folder, address }, data, keys, env) {
  const descriptor = { name, version, endpoint: `http://${address}`, region: 'us-east-1', ...keys }
  // A certificates folder of its own, or MinIO would serve TLS with those of a user who has some.
  const args = ['server', '--address', address, '--certs-dir', join(folder, 'certs'), ...data]
  return startGuarded(descriptor, program, args, folder, {
    MINIO_ROOT_USER: keys.accessKeyId,
    MINIO_ROOT_PASSWORD: keys.secretAccessKey,
    MINIO_BROWSER: 'off',
    MINIO_UPDATE: 'off',
    ...env,
  })
}
