// Where S3 is and who asks, from the environment and from profile files, read when the store is made.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { object } from './support/answers.mjs'
import { cleanEnvironment, resultOf } from './support/child.mjs'
import { ScriptedServer } from './support/scripted-server.mjs'

const bound = { timeout: 60_000 }
let server, other, folder
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-store-environment-'))
})
after(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  server = await ScriptedServer.start(object('the one'))
  other = await ScriptedServer.start(object('the other'))
})
afterEach(() => Promise.all([server.close(), other.close()]))

const keys = { AWS_ACCESS_KEY_ID: 'env-key', AWS_SECRET_ACCESS_KEY: 'env-secret' }

/** Reads an object in a process with this environment, and gives what the server saw. */
async function seen(variables, options = {}) {
  const env = { ...cleanEnvironment(), HOME: folder, USERPROFILE: folder, ...variables }
  const { text } = await resultOf('read.mjs', [JSON.stringify(options)], { env })
  const [request] = [...server.requests, ...other.requests]
  const [, accessKeyId, region] = /Credential=([^/]+)\/\d{8}\/([^/]+)\/s3\//.exec(request.headers.authorization)
  return { text, accessKeyId, region, token: request.headers['x-amz-security-token'], path: request.path }
}

async function file(name, text) {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

describe('the environment', () => {
  it('gives endpoint, region and keys', bound, async () => {
    const result = await seen({ ...keys, AWS_REGION: 'eu-west-3', AWS_ENDPOINT_URL: server.endpoint })
    assert.deepEqual(result, {
      text: 'the one',
      accessKeyId: 'env-key',
      region: 'eu-west-3',
      token: undefined,
      path: '/bucket/key',
    })
  })

  it('gives a session token', bound, async () => {
    const { token } = await seen({
      ...keys,
      AWS_SESSION_TOKEN: 'env-token',
      AWS_REGION: 'eu-west-3',
      AWS_ENDPOINT_URL: server.endpoint,
    })
    assert.equal(token, 'env-token')
  })

  it('AWS_DEFAULT_REGION counts where AWS_REGION is absent', bound, async () => {
    const variables = { ...keys, AWS_DEFAULT_REGION: 'eu-south-1', AWS_ENDPOINT_URL: server.endpoint }
    assert.equal((await seen(variables)).region, 'eu-south-1')
  })

  it('AWS_REGION goes before AWS_DEFAULT_REGION', bound, async () => {
    const variables = {
      ...keys,
      AWS_REGION: 'eu-west-3',
      AWS_DEFAULT_REGION: 'eu-south-1',
      AWS_ENDPOINT_URL: server.endpoint,
    }
    assert.equal((await seen(variables)).region, 'eu-west-3')
  })

  it('AWS_ENDPOINT_URL_S3 goes before AWS_ENDPOINT_URL', bound, async () => {
    const { text } = await seen({
      ...keys,
      AWS_REGION: 'eu-west-3',
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_ENDPOINT_URL_S3: other.endpoint,
    })
    assert.equal(text, 'the other')
  })

  it('options go before the environment', bound, async () => {
    const result = await seen(
      { ...keys, AWS_REGION: 'eu-west-3', AWS_ENDPOINT_URL_S3: server.endpoint },
      { region: 'ap-south-1', endpoint: other.endpoint, credentials: { accessKeyId: 'given', secretAccessKey: 's' } },
    )
    assert.deepEqual([result.text, result.accessKeyId, result.region], ['the other', 'given', 'ap-south-1'])
  })

  it('is the one of process.env when the store is made, in a worker too', bound, async () => {
    const env = { ...cleanEnvironment(), AWS_REGION: 'main-region-1' }
    const variables = { ...keys, AWS_REGION: 'worker-region-1', AWS_ENDPOINT_URL: server.endpoint }
    const { text } = await resultOf('worker-environment.mjs', [JSON.stringify(variables)], { env })
    assert.equal(text, 'the one')
    assert.match(server.requests[0].headers.authorization, /env-key\/\d{8}\/worker-region-1\//)
  })

  it('may be changed by the program before it makes the store', bound, async () => {
    const variables = { ...keys, AWS_REGION: 'set-late-1', AWS_ENDPOINT_URL: server.endpoint }
    const { text } = await resultOf('late-environment.mjs', [JSON.stringify(variables)])
    assert.equal(text, 'the one')
    assert.match(server.requests[0].headers.authorization, /env-key\/\d{8}\/set-late-1\//)
  })
})

describe('profile files', () => {
  const credentials = `[default]
aws_access_key_id = default-key
aws_secret_access_key = s
[work]
aws_access_key_id = work-key
aws_secret_access_key = s
aws_session_token = work-token
`
  const config = () => `[default]
region = eu-west-1
endpoint_url = ${server.endpoint}
[profile work]
region = eu-west-2
endpoint_url = ${other.endpoint}
`
  const files = async () => ({
    AWS_CONFIG_FILE: await file('config', config()),
    AWS_SHARED_CREDENTIALS_FILE: await file('credentials', credentials),
  })

  it('give the default profile', bound, async () => {
    const result = await seen(await files())
    assert.deepEqual([result.text, result.accessKeyId, result.region], ['the one', 'default-key', 'eu-west-1'])
  })

  it('give the profile of AWS_PROFILE', bound, async () => {
    const result = await seen({ ...(await files()), AWS_PROFILE: 'work' })
    assert.deepEqual(
      [result.text, result.accessKeyId, result.region, result.token],
      ['the other', 'work-key', 'eu-west-2', 'work-token'],
    )
  })

  it('give the profile of the option, which goes before AWS_PROFILE', bound, async () => {
    const result = await seen({ ...(await files()), AWS_PROFILE: 'default' }, { profile: 'work' })
    assert.deepEqual([result.text, result.accessKeyId, result.region], ['the other', 'work-key', 'eu-west-2'])
  })

  it('come after the environment', bound, async () => {
    const variables = { ...(await files()), ...keys, AWS_REGION: 'env-region-1', AWS_ENDPOINT_URL: other.endpoint }
    const result = await seen(variables)
    assert.deepEqual([result.text, result.accessKeyId, result.region], ['the other', 'env-key', 'env-region-1'])
  })

  it('are those that the program names before it makes the store', bound, async () => {
    const variables = { ...(await files()), AWS_PROFILE: 'work' }
    const { text } = await resultOf('late-environment.mjs', [JSON.stringify(variables)])
    assert.equal(text, 'the other')
    assert.match(other.requests[0].headers.authorization, /work-key\/\d{8}\/eu-west-2\//)
  })

  it('in a worker are the worker’s, and nothing of the process’s environment comes before them', bound, async () => {
    const env = {
      ...cleanEnvironment(),
      AWS_ACCESS_KEY_ID: 'main-key',
      AWS_SECRET_ACCESS_KEY: 's',
      AWS_SESSION_TOKEN: 'main-token',
      AWS_REGION: 'main-region-1',
      AWS_PROFILE: 'main-profile',
    }
    const taken = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION']
    const nothing = Object.fromEntries(taken.map((name) => [name, null]))
    const variables = { ...nothing, ...(await files()), AWS_PROFILE: 'work' }
    const { text } = await resultOf('worker-environment.mjs', [JSON.stringify(variables)], { env })
    assert.equal(text, 'the other')
    assert.match(other.requests[0].headers.authorization, /work-key\/\d{8}\/eu-west-2\//)
    assert.equal(other.requests[0].headers['x-amz-security-token'], 'work-token')
  })

  it('with a profile that does not exist are an error, not another profile', bound, async () => {
    const env = { ...cleanEnvironment(), ...(await files()) }
    const { errors } = await resultOf('errors.mjs', [JSON.stringify({ profile: 'absent' })], { env })
    for (const { name } of errors) assert.notEqual(name, 'none')
    assert.equal(server.requests.length + other.requests.length, 0)
  })

  it('are read once a store needs them, and an adopted client’s are its own', bound, async () => {
    const env = { ...cleanEnvironment(), ...(await files()), AWS_PROFILE: 'work' }
    const { text, engine } = await resultOf('adopted-environment.mjs', [], { env })
    assert.deepEqual([text, engine], ['the other', 'native'])
    assert.match(other.requests[0].headers.authorization, /work-key\/\d{8}\/eu-west-2\//)
  })
})
