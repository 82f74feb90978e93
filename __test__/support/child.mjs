// Programs of __test__/programs, each in a process of its own.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** This process's environment without anything that says where S3 is or who asks. */
export function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^AWS_|_PROXY$|^NODE_TEST_CONTEXT$/i.test(name))
  return {
    ...Object.fromEntries(kept),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent/config',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
  }
}

/** The environment in which a program finds a server by itself. */
export function environment({ endpoint, region, accessKeyId, secretAccessKey, sessionToken }) {
  return {
    ...cleanEnvironment(),
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken && { AWS_SESSION_TOKEN: sessionToken }),
  }
}

const programs = new URL('../programs/', import.meta.url)

/**
 * Runs a program to its end, and ends it by force when it has not come there by itself within the bound.
 * @param {string | URL} name of a program of __test__/programs, or where another one is
 * @param {string[]} [args]
 * @param {object} [options] `through` is a command that runs the one it is given, in some surroundings
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string, hung: boolean }>}
 */
export async function runProgram(
  name,
  args = [],
  { env = cleanEnvironment(), flags = [], through = [], bound = 60_000 } = {},
) {
  const file = fileURLToPath(new URL(name, programs))
  const [command, ...rest] = [...through, process.execPath, ...flags, file, ...args]
  const child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let hung = false
  const timer = setTimeout(() => {
    hung = true
    child.kill('SIGKILL')
  }, bound)
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  const [stdout, stderr, end] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  clearTimeout(timer)
  return { ...end, stdout, stderr, hung }
}

/** Runs a program that has to end well, and parses the JSON that it printed last. */
export async function resultOf(name, args, options) {
  const end = await runProgram(name, args, options)
  if (end.code !== 0) throw new Error(`${name} ended with ${JSON.stringify(end, null, 2)}`)
  return JSON.parse(end.stdout.trim().split('\n').at(-1))
}

async function text(stream) {
  let whole = ''
  for await (const piece of stream.setEncoding('utf8')) whole += piece
  return whole
}
