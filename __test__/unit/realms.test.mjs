// In a realm that has few globals, as jest's jsdom environment: no ReadableStream, no TextDecoder, no Symbol.asyncDispose.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { runInNewContext } from 'node:vm'
import { object } from '../support/answers.mjs'
import { connection } from '../support/engines.mjs'
import { rejection } from '../support/expect-error.mjs'
import { loadInRealm } from '../support/realm.mjs'
import { ScriptedServer } from '../support/scripted-server.mjs'

let server
let store
beforeEach(async () => {
  server = await ScriptedServer.start(object('text'))
  const createS3Store = loadInRealm('index.cjs', { process, Buffer, URL })
  store = createS3Store('bucket', connection(server))
})
afterEach(() => server.close())

describe('in a realm of few globals', () => {
  it('a get is read in every way', async () => {
    const got = await store.getObject('key')
    const { value } = await (await got.asWebStream()).getReader().read()
    assert.equal(Buffer.from(value).toString(), 'text')
    assert.equal(await got.response.Body.transformToString('windows-1252'), 'text')
  })

  it('a get has no method but those that it is known for', async () => {
    const got = await store.getObject('key')
    const names = Reflect.ownKeys(Object.getPrototypeOf(got))
    const methods = ['constructor', 'asString', 'asByteArray', 'asWebStream', 'asNodeStream', 'asJson', 'cancel']
    const iterator = 1
    const disposer = runInNewContext('Symbol.asyncDispose')
    assert.deepEqual(
      names.filter((name) => typeof name === 'string'),
      methods,
    )
    assert.equal(names.length - methods.length, iterator + (disposer ? 1 : 0))
  })

  it('a Blob without arrayBuffer(), such as jsdom’s, is told what is missing', async () => {
    const error = await rejection(store.createObject('key', { [Symbol.toStringTag]: 'Blob', size: 1, slice() {} }))
    assert.equal(error.code, 'ERR_INVALID_ARG_TYPE')
    assert.match(error.message, /arrayBuffer\(\).*FileReader/)
  })
})
