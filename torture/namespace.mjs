// A network of its own for a cluster: with an address on `lo` that isn't loopback, which nobody outside sees.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** The cluster's address in there. */
export const address = '10.71.0.1'

const marker = 'S3_STORE_TORTURE_NAMESPACE'
const enter = [
  '--net',
  // Who isn't root is root in a user namespace of its own, where that is allowed.
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
  ...['sh', '-c', `ip link set lo up && ip address add ${address}/32 dev lo && exec "$@"`, 'sh'],
]

/** Whether this process is in there. */
export const isInside = process.env[marker] !== undefined

/** Why there can't be one here; nothing where there can. @returns {string | undefined} */
export function obstacle() {
  const { status, stderr, error } = spawnSync('unshare', [...enter, 'true'], { encoding: 'utf8' })
  if (error) return `unshare could not be started (${error.message})`
  return status === 0 ? undefined : `no network namespace with an address could be made: ${stderr.trim()}`
}

/**
 * Runs a Node.js program in there. Its standard input ends when this process does, however that ends.
 * @param {string[]} args
 * @returns {Promise<boolean>} whether it ended well
 */
export async function runInside(args) {
  const child = spawn('unshare', [...enter, process.execPath, ...args], {
    env: { ...process.env, [marker]: 'yes' },
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  return code === 0
}
