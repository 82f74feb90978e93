// The real servers that the suites run against, as scripts/test.mjs started them.

const variable = 'S3_TEST_SERVERS'

/** @returns {{ name: string, endpoint: string, region: string, accessKeyId: string, secretAccessKey: string, sessionToken?: string }[]} */
function readServers() {
  const text = process.env[variable]
  if (!text) {
    throw new Error(`${variable} is not set: run these tests with \`npm test\`, which starts the servers`)
  }
  return JSON.parse(text).map((server) => Object.freeze({ region: 'us-east-1', ...server }))
}

/** Every server, the one that answers most like AWS first. */
export const servers = readServers()

/** The first server: for tests that need a server, any one, once. */
export const anyServer = servers[0]
