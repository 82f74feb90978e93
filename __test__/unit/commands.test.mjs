// The commands of an object that is no client of the SDK's.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { it } from 'node:test'
import createS3Store, { KeyExistsError } from 's3-store-native'
import { failed, object, written } from '../support/answers.mjs'
import { sdkClient } from '../support/engines.mjs'
import { rejection } from '../support/expect-error.mjs'
import { ScriptedServer } from '../support/scripted-server.mjs'

it('may be handed on to a client of the SDK', async () => {
  const server = await ScriptedServer.start(written('"1"'))
  try {
    const real = sdkClient(server)
    const names = []
    const client = {
      send(command) {
        names.push(command.constructor.name)
        return real.send(command)
      },
    }
    const store = createS3Store('bucket', { client })
    assert.equal((await store.createObject('key', 'body')).etag, '"1"')
    assert.equal(server.requests[0].headers['if-none-match'], '*')
    server.answer(failed(412, 'PreconditionFailed'))
    assert.ok((await rejection(store.createObject('key', 'body'))) instanceof KeyExistsError)
    server.answer(object('hello'))
    assert.equal(await (await store.getObject('key')).asString(), 'hello')
    assert.deepEqual(names, ['PutObjectCommand', 'PutObjectCommand', 'GetObjectCommand'])
  } finally {
    await server.close()
  }
})

it('stand where bundlers know that the optional peer may be missing', () => {
  // esbuild and webpack take a missing package for an error unless the require of it is inside a `try` block. They are no
  // dependency of this package: its text has to do.
  const lib = fileURLToPath(new URL('../../lib/', import.meta.url))
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.cjs'))
  const code = files.map((name) => readFileSync(`${lib}${name}`, 'utf8')).join('\n')
  const optional = [...code.matchAll(/require\('@aws-sdk\//g)]
  assert.equal(optional.length, 1)
  assert.match(code.slice(0, optional[0].index), /\btry \{[^{}]*$/)
})
