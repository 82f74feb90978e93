// The servers that the tests run against.
import { startDevServer } from './dev-server.mjs'
import { givenServer } from './given.mjs'
import { startMinio } from './minio.mjs'
import { startVersitygw } from './versitygw.mjs'

/** @typedef {import('./process.mjs').Descriptor} Descriptor */

/**
 * Starts the development server and every real server that can be had here.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} devServer the development server's program
 * @returns {Promise<{ servers: Descriptor[], missing: { name: string, reason: string }[], stop(): Promise<void> }>}
 */
export async function startServers(env, devServer) {
  /** @type {import('./process.mjs').Running[]} */
  const running = []
  const missing = []
  const stop = async () => {
    await Promise.all(running.map((server) => server.stop()))
  }
  try {
    running.push(await startDevServer({ program: devServer }))
    if (env.S3_TEST_ENDPOINT) running.push(await givenServer(env))
    const real = { ...(env.S3_TEST_ENDPOINT ? {} : { MinIO: startMinio }), versitygw: startVersitygw }
    for (const [name, start] of Object.entries(real)) {
      try {
        running.push(await start())
      } catch (error) {
        missing.push({ name, reason: /** @type {Error} */ (error).message })
      }
    }
  } catch (error) {
    await stop()
    throw error
  }
  const servers = running.map(({ name, version, endpoint, region, accessKeyId, secretAccessKey, sessionToken }) => {
    return { name, version, endpoint, region, accessKeyId, secretAccessKey, sessionToken }
  })
  return { servers, missing, stop }
}
