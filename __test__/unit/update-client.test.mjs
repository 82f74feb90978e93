// What an update through a client makes of a conflict, which may be with the client's own earlier attempt.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { mockClient } from 'aws-sdk-client-mock'
import createS3Store, { createJsonWrapper } from 's3-store-native'
import { noSuchKey } from '../support/memory-store.mjs'
import { rejection } from '../support/expect-error.mjs'
import { failed, object, written } from '../support/answers.mjs'
import { ScriptedServer } from '../support/scripted-server.mjs'
import { sdkClient } from '../support/engines.mjs'

const named = (name, $metadata) => () => Object.assign(new Error(name), { name }, $metadata && { $metadata })
const there = () => ({ ETag: '"1"', Body: Readable.from(['1']) })
const absent = () => {
  throw noSuchKey()
}

/** A client whose first write fails. */
function failing(read, makeError) {
  const error = makeError()
  const sent = []
  return {
    error,
    sent,
    async send({ constructor: { name } }) {
      sent.push(name)
      if (name === 'GetObjectCommand') return read()
      if (sent.filter((one) => one === name).length === 1) throw error
      return { ETag: '"2"' }
    },
  }
}

const conflicts = {
  KeyExistsError: [absent, 'PreconditionFailed'],
  StaleDataError: [there, 'PreconditionFailed'],
  ConcurrentWriteConflictError: [there, 'ConditionalRequestConflict'],
  NoSuchKey: [there, 'NoSuchKey'],
}

/** Counts the calls of a function that gives something to write. */
function counting() {
  const fn = () => {
    fn.calls += 1
    return 'two'
  }
  return Object.assign(fn, { calls: 0 })
}

describe('update through any object with send', () => {
  for (const [name, [read, code]] of Object.entries(conflicts)) {
    it(`goes on after ${name} of a client that made one attempt, or says nothing of attempts`, async () => {
      for (const metadata of [{ attempts: 1 }, { httpStatusCode: 412 }, undefined]) {
        const client = failing(read, named(code, metadata))
        const fn = counting()
        const { rounds } = await createS3Store('b', { client }).update('k', fn, { maxBackoff: 1 })
        assert.deepEqual([rounds, fn.calls, client.sent.length], [2, 2, 4])
      }
    })

    it(`is ended by ${name} of a client that made several attempts: one of them may have written`, async () => {
      for (const wrap of [(store) => store, createJsonWrapper]) {
        const client = failing(read, named(code, { attempts: 2 }))
        const fn = counting()
        const error = await rejection(wrap(createS3Store('b', { client })).update('k', fn))
        assert.equal(error.name, name)
        assert.ok(error === client.error || error.cause === client.error)
        assert.deepEqual([fn.calls, client.sent.length], [1, 2])
      }
    })

    it(`goes on after ${name} with idempotent, however many attempts were made`, async () => {
      const client = failing(read, named(code, { attempts: 2 }))
      const { rounds } = await createS3Store('b', { client }).update('k', () => 'two', {
        idempotent: true,
        maxBackoff: 1,
      })
      assert.equal(rounds, 2)
    })
  }

  it('is ended by what is thrown that is no error at all', async () => {
    for (const thrown of [null, 'text']) {
      const client = failing(there, () => thrown)
      const caught = await createS3Store('b', { client })
        .update('k', () => 'two')
        .catch((error) => error)
      assert.equal(caught, thrown)
    }
  })
})

describe('update through an S3Client', () => {
  it('is ended by a conflict when nobody counted the attempts', async () => {
    const server = await ScriptedServer.start(object('1'), failed(412, 'PreconditionFailed'), object('1'), written())
    // A retry strategy of the old kind, which need not count.
    const retryStrategy = { mode: 'theirs', retry: (next, args) => next(args) }
    const client = sdkClient(server, { retryStrategy })
    try {
      const fn = counting()
      const error = await rejection(createS3Store('b', { client, engine: 'client' }).update('k', fn))
      assert.deepEqual([error.name, error.cause.$metadata.attempts, fn.calls], ['StaleDataError', undefined, 1])
    } finally {
      client.destroy()
      await server.close()
    }
  })

  it('goes on after a conflict of a mock in place of its send, which counts nothing', async () => {
    for (const engine of ['client', undefined]) {
      const client = new S3Client({ region: 'us-east-1' })
      mockClient(client)
        .on(GetObjectCommand)
        .callsFake(there)
        .on(PutObjectCommand)
        .rejectsOnce(named('PreconditionFailed')())
        .resolves({ ETag: '"2"' })
      const fn = counting()
      const { rounds } = await createS3Store('b', { client, engine }).update('k', fn, { maxBackoff: 1 })
      assert.deepEqual([rounds, fn.calls], [2, 2])
    }
  })
})
