// Where S3 is and who asks, from the environment and from profile files, read when the store is made.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { object, reply } from './support/answers.mjs'
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

  it('of a worker has nothing of the process’s', bound, async () => {
    const env = {
      ...cleanEnvironment(),
      AWS_ENDPOINT_URL: other.endpoint,
      AWS_ENDPOINT_URL_S3: other.endpoint,
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_SESSION_TOKEN: 'main-token',
    }
    const taken = Object.keys(env).filter((name) => !(name in cleanEnvironment()))
    const nothing = Object.fromEntries(taken.map((name) => [name, null]))
    const text = `[default]\nregion = worker-region-1\nendpoint_url = ${server.endpoint}\n`
    const variables = { ...nothing, ...keys, AWS_CONFIG_FILE: await file('worker', text) }
    const result = await resultOf('worker-environment.mjs', [JSON.stringify(variables)], { env })
    assert.equal(result.text, 'the one')
    assert.equal(server.requests[0].headers['x-amz-security-token'], undefined)
  })

  it('counts as it was when the store was made, whatever comes later', bound, async () => {
    const late = { AWS_ENDPOINT_URL: other.endpoint, AWS_ACCESS_KEY_ID: 'late-key', AWS_SECRET_ACCESS_KEY: 's' }
    const args = [{ endpoint: server.endpoint, region: 'us-east-1' }, late]
    const { error } = await resultOf('later-environment.mjs', args.map(JSON.stringify))
    assert.equal(error, 'CredentialsProviderError')
    const credentials = { accessKeyId: 'given', secretAccessKey: 's' }
    const proxied = { region: 'us-east-1', credentials, maxAttempts: 1 }
    const env = { ...cleanEnvironment(), HTTPS_PROXY: 'http://127.0.0.1:9' }
    const elsewhere = await resultOf('later-environment.mjs', [proxied, late].map(JSON.stringify), { env })
    assert.notEqual(elsewhere.error, undefined)
    assert.equal(server.requests.length + other.requests.length, 0)
  })

  it('may be changed by the program before it makes the store', bound, async () => {
    const variables = { ...keys, AWS_REGION: 'set-late-1', AWS_ENDPOINT_URL: server.endpoint }
    const { text } = await resultOf('late-environment.mjs', [JSON.stringify(variables)])
    assert.equal(text, 'the one')
    assert.match(server.requests[0].headers.authorization, /env-key\/\d{8}\/set-late-1\//)
  })
})

describe('what in the environment can be no setting', () => {
  const where = () => ({ AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: server.endpoint })

  /** The errors of a process with this environment, none of which may give the secret away. */
  async function refused(variables, options = {}) {
    const env = { ...cleanEnvironment(), ...variables }
    const { errors } = await resultOf('errors.mjs', [JSON.stringify(options)], { env })
    for (const { name, text } of errors) {
      assert.notEqual(name, 'none')
      assert.doesNotMatch(text, /hunter2/)
    }
    assert.equal(server.requests.length, 0)
    return errors
  }

  const endpoints = {
    'credentials in an endpoint': 'http://user:hunter2@127.0.0.1:9',
    'a user in an endpoint': 'http://hunter2@127.0.0.1:9',
    'a query in an endpoint': 'http://127.0.0.1:9/?token=hunter2',
    'an endpoint that is no URL': 'http://user:hunter2@exa mple',
  }
  for (const [name, url] of Object.entries(endpoints)) {
    for (const variable of ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL']) {
      it(`is ${name} of ${variable}, unquoted`, bound, async () => {
        const errors = await refused({ ...keys, ...where(), [variable]: url, AWS_REGION: 'us-east-1' })
        for (const { code, message } of errors) {
          assert.equal(code, 'ERR_INVALID_ARG_VALUE')
          assert.match(message, new RegExp(`${variable} must`))
        }
      })
    }
  }

  it('is a password in an endpoint of the profile, unquoted', bound, async () => {
    const text = '[default]\nregion = us-east-1\nendpoint_url = http://user:hunter2@127.0.0.1:9\n'
    const errors = await refused({ ...keys, AWS_CONFIG_FILE: await file('userinfo', text) })
    for (const { message } of errors) assert.match(message, /endpoint_url of the profile "default" must/)
  })

  it('is a proxy that can’t be one, unquoted', bound, async () => {
    await refused({ ...keys, AWS_REGION: 'us-east-1', HTTPS_PROXY: 'http://user:hunter2@[bad' })
  })

  const lines = {
    'access key id': { AWS_ACCESS_KEY_ID: 'key\r', AWS_SECRET_ACCESS_KEY: 'hunter2' },
    'secret access key': { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'hunter2\r' },
    'session token': { ...keys, AWS_SESSION_TOKEN: 'hunter2\n' },
  }
  for (const [field, variables] of Object.entries(lines)) {
    it(`is a line break in the ${field}`, bound, async () => {
      for (const { name, message } of await refused({ ...where(), ...variables })) {
        assert.equal(name, 'CredentialsProviderError')
        assert.match(message, new RegExp(field))
      }
    })
  }

  for (const variable of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
    it(`is a line break in ${variable}`, bound, async () => {
      const variables = { ...keys, AWS_ENDPOINT_URL: server.endpoint, [variable]: 'us-east-1\r' }
      for (const { code, message } of await refused(variables)) {
        assert.equal(code, 'ERR_INVALID_ARG_VALUE')
        assert.match(message, new RegExp(variable))
      }
    })
  }

  it('is nothing: the error says what to do', bound, async () => {
    for (const { name, message } of await refused(where())) {
      assert.equal(name, 'CredentialsProviderError')
      assert.match(message, /pass credentials, set AWS_ACCESS_KEY_ID/)
    }
  })

  it('is instance metadata that refuses: the error says what to do, too', bound, async () => {
    other.answer(reply(403, ''))
    const metadata = { AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: other.endpoint }
    for (const { name, message } of await refused({ ...where(), ...metadata })) {
      assert.equal(name, 'CredentialsProviderError')
      assert.match(message, /instance metadata gave none \(.+\); pass credentials, set AWS_ACCESS_KEY_ID/)
    }
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

  it('with a profile that does not exist are an error that names it, not another profile', bound, async () => {
    const env = { ...cleanEnvironment(), ...(await files()), ...keys }
    for (const options of [{ profile: 'absent' }, { profile: 'absent', region: 'us-east-1' }]) {
      const { errors } = await resultOf('errors.mjs', [JSON.stringify(options)], { env })
      for (const { name, message } of errors) {
        assert.notEqual(name, 'none')
        assert.match(message, /"absent"/)
      }
    }
    assert.equal(server.requests.length + other.requests.length, 0)
  })

  it('may be absent, one or both', bound, async () => {
    const absent = join(folder, 'absent')
    const region = { AWS_REGION: 'eu-west-3', AWS_ENDPOINT_URL: server.endpoint }
    const one = await seen({ ...(await files()), ...region, AWS_CONFIG_FILE: absent })
    assert.equal(one.accessKeyId, 'default-key')
    server.answer(object('the one'))
    const both = { AWS_CONFIG_FILE: absent, AWS_SHARED_CREDENTIALS_FILE: absent }
    assert.equal((await seen({ ...both, ...keys, ...region })).accessKeyId, 'env-key')
  })

  it('in the home are found without a variable', bound, async () => {
    const home = await mkdtemp(join(folder, 'home-'))
    await mkdir(join(home, '.aws'))
    await writeFile(join(home, '.aws', 'config'), config())
    await writeFile(join(home, '.aws', 'credentials'), credentials)
    const result = await seen({ HOME: home, AWS_CONFIG_FILE: '', AWS_SHARED_CREDENTIALS_FILE: '' })
    assert.deepEqual([result.text, result.accessKeyId, result.region], ['the one', 'default-key', 'eu-west-1'])
  })

  it('give an endpoint of S3’s own, which goes before the one for all services', bound, async () => {
    const services = `${config()}services = mine\n[services mine]\ns3 =\n  endpoint_url = ${server.endpoint}\n`
    const variables = { ...(await files()), AWS_CONFIG_FILE: await file('services', services), AWS_PROFILE: 'work' }
    assert.equal((await seen(variables)).text, 'the one')
  })

  it('are not asked for an endpoint where the profile says to ignore it', bound, async () => {
    const ignoring = config().replaceAll('[profile work]', '[profile work]\nignore_configured_endpoint_urls = true')
    const env = {
      ...cleanEnvironment(),
      ...(await files()),
      AWS_CONFIG_FILE: await file('ignoring', ignoring),
      HTTPS_PROXY: 'http://127.0.0.1:9',
    }
    const { errors } = await resultOf('errors.mjs', [JSON.stringify({ profile: 'work', maxAttempts: 1 })], { env })
    for (const { message } of errors) assert.match(message, /amazonaws\.com/)
    assert.equal(other.requests.length, 0)
  })

  it('with a credential_process that fails tell its status, and nothing that it said', bound, async () => {
    const text = `[default]\nregion = us-east-1\ncredential_process = sh -c "echo hunter2 >&2; exit 3"\n`
    const env = { ...cleanEnvironment(), AWS_CONFIG_FILE: await file('process', text) }
    const { errors } = await resultOf('errors.mjs', [JSON.stringify({ endpoint: server.endpoint })], { env })
    for (const error of errors) {
      assert.equal(error.name, 'CredentialsProviderError')
      assert.match(error.message, /exit status: 3/)
      assert.doesNotMatch(error.text, /hunter2/)
    }
  })

  it('are read once a store needs them, and an adopted client’s are its own', bound, async () => {
    const env = { ...cleanEnvironment(), ...(await files()), AWS_PROFILE: 'work' }
    const { text, engine } = await resultOf('adopted-environment.mjs', [], { env })
    assert.deepEqual([text, engine], ['the other', 'native'])
    assert.match(other.requests[0].headers.authorization, /work-key\/\d{8}\/eu-west-2\//)
  })
})
