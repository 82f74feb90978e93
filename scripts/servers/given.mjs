import { ScriptError } from '../run.mjs'
import { answers } from './process.mjs'

/**
 * The server that the user's environment names, to be tested against in MinIO's place.
 * @param {NodeJS.ProcessEnv} env with S3_TEST_ENDPOINT and the AWS variables
 */
export async function givenServer(env) {
  const endpoint = String(env.S3_TEST_ENDPOINT)
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env
  if (!accessKeyId || !secretAccessKey) {
    throw new ScriptError('S3_TEST_ENDPOINT needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY beside it.')
  }
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1'
  const descriptor = {
    ...(await nameOf(endpoint)),
    endpoint,
    region,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
  }
  await answers(descriptor)
  return { ...descriptor, stop: async () => {} }
}

/**
 * What the server calls itself: the known differences of a server go by its name.
 * @param {string} endpoint
 */
async function nameOf(endpoint) {
  try {
    const answer = await fetch(endpoint, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(5000) })
    const [name, version] = (answer.headers.get('server') ?? '').toLowerCase().split('/')
    return { name: name || 'given', version: version ?? '(as given)' }
  } catch (error) {
    throw new ScriptError(`S3_TEST_ENDPOINT ${endpoint} does not answer: ${/** @type {any} */ (error).cause ?? error}`)
  }
}
