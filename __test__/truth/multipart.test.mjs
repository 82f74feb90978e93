// Writes in parts × every way of losing the answer to the completion × every other writer: what the store says is what the server
// did, and no upload is left. The parts are real ones of 5 MiB, so of the cells with the same call and fault the seed picks one. All of
// them are in core/tests/writes/completion_matrix.rs, where parts are small.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TestBucket } from '../support/bucket.mjs'
import { closeClients, native } from '../support/engines.mjs'
import { assertArgumentError, rejection } from '../support/expect-error.mjs'
import { FaultServer } from '../support/fault-server.mjs'
import { generator, pick, seed } from '../support/random.mjs'
import { runCell } from './cell.mjs'
import { allCells, faults, titleOf } from './cells.mjs'
import { blobInParts, firstPart, inParts } from './in-parts.mjs'

const bound = 60_000
const operations = ['createObject', 'putObjectIfMatch']
const others = ['nobody else writes', 'another overwrites', 'another deletes']

/** The rejection of a call, by its name. */
async function rejects(call, name) {
  const error = await rejection(call)
  assert.equal(error.name, name, error.stack)
  return error
}

/** One cell of those that agree in the call, the fault and whom it meets. */
function pickCells(random) {
  const groups = new Map()
  for (const { cell, reason } of allCells()) {
    if (reason || !operations.includes(cell.operation) || !others.includes(cell.other)) continue
    const group = `${cell.operation}, ${cell.attempts} ${cell.fault}`
    groups.set(group, [...(groups.get(group) ?? []), { ...cell, isInParts: true }])
  }
  return [...groups.values()].map((cells) => pick(random, cells))
}

describe(`writes in parts (S3_STORE_SEED=${seed})`, { concurrency: 4 }, () => {
  /** @type {FaultServer} */
  let server
  const buckets = []
  const stores = []

  before(async () => {
    server = await FaultServer.start(seed)
    for (const isVersioned of [false, true]) {
      const bucket = await TestBucket.create(server)
      if (isVersioned) await bucket.keepVersions()
      buckets.push(bucket)
      stores.push(native.open(server, bucket.name))
    }
  })
  after(async () => {
    closeClients()
    await server.stop()
  })

  const random = generator(seed)
  for (const [number, cell] of pickCells(random).entries()) {
    // Who waits for an answer that never comes waits a second longer for each MiB.
    const ways = faults[cell.fault].filter((way) => way?.meanwhile !== 'wait')
    const action = pick(random, ways)
    it(`${titleOf(cell)}${action ? `: ${JSON.stringify(action)}` : ''}`, { timeout: bound }, async () => {
      const which = Number(cell.isVersioned)
      const key = `cell-${number}-`
      const found = await runCell({ cell, action, key, server, bucket: buckets[which], store: stores[which] })
      assert.deepEqual(found, [])
      assert.deepEqual(await buckets[which].uploads(key), [])
    })
  }

  /** Adds a rule for one of the requests of an upload, and runs with it. */
  async function meeting(key, operation, action, run, more) {
    const rule = await server.add({ match: { key, operation }, action, ...more })
    try {
      return await run(buckets[0], stores[0])
    } finally {
      assert.ok((await server.acted(rule)) > 0)
      await server.remove(rule)
    }
  }
  const conflict = { what: 'answer', when: 'before', status: 409 }
  const denied = { what: 'answer', when: 'before', status: 403 }

  it('a 409 is the error of a stream, which can’t be read again', { timeout: bound }, async () => {
    await meeting('stream', 'CompleteMultipartUpload', conflict, async (bucket, store) => {
      const { body, options } = inParts('ours')
      await rejects(store.createObject('stream', body, options), 'ConcurrentWriteConflictError')
      const { operations } = await server.requests(bucket.name, 'stream')
      assert.deepEqual([operations.CompleteMultipartUpload, operations.CreateMultipartUpload], [1, 1])
      assert.deepEqual(await bucket.uploads('stream'), [])
    })
  })

  it('after a 409 a Blob is uploaded anew', { timeout: bound }, async () => {
    const write = async (bucket, store) => {
      const { options, etag } = inParts('ours')
      const written = await store.createObject('blob', blobInParts('ours'), options)
      assert.equal(written.etag, etag)
      const { operations } = await server.requests(bucket.name, 'blob')
      assert.deepEqual([operations.CompleteMultipartUpload, operations.CreateMultipartUpload], [2, 2])
      assert.deepEqual(await bucket.uploads('blob'), [])
    }
    await meeting('blob', 'CompleteMultipartUpload', conflict, write, { times: 1 })
  })

  it(
    'after a 409 nothing is uploaded anew where the first upload could not be taken away',
    { timeout: bound },
    async () => {
      await meeting('kept', 'AbortMultipartUpload', denied, async (bucket) => {
        await meeting('kept', 'CompleteMultipartUpload', conflict, async (_, store) => {
          const call = store.createObject('kept', blobInParts('ours'), inParts('ours').options)
          const error = await rejects(call, 'ConcurrentWriteConflictError')
          assert.equal(typeof error.uploadId, 'string')
          assert.deepEqual(await bucket.uploads('kept'), ['kept'])
        })
      })
    },
  )

  it('an upload that can’t be given up is named by the error', { timeout: bound }, async () => {
    await meeting('named', 'AbortMultipartUpload', denied, async (bucket, store) => {
      await bucket.write('named', 'theirs')
      const { body, options } = inParts('ours')
      const error = await rejects(store.createObject('named', body, options), 'KeyExistsError')
      assert.equal(typeof error.uploadId, 'string')
      assert.deepEqual(await bucket.uploads('named'), ['named'])
    })
  })

  it('an upload whose id got lost is left, and the write lands once', { timeout: bound }, async () => {
    const lost = { what: 'drop', when: 'after' }
    const write = async (bucket, store) => {
      const { body, options, etag } = inParts('ours')
      assert.equal((await store.createObject('lost', body, options)).etag, etag)
      assert.deepEqual(await bucket.uploads('lost'), ['lost'])
    }
    await meeting('lost', 'CreateMultipartUpload', lost, write, { times: 1 })
  })

  it('parts are repeated', { timeout: bound }, async () => {
    const lost = { what: 'drop', when: 'after' }
    const write = async (bucket, store) => {
      const { body, options, etag } = inParts('ours')
      const written = await store.createObject('parts', body, options)
      assert.equal(written.etag, etag)
      assert.ok(!written.response.recovered)
      assert.deepEqual(await bucket.uploads('parts'), [])
    }
    await meeting('parts', 'UploadPart', lost, write, { times: 2 })
  })

  const thrown = new Error('the body’s own')

  const bodies = {
    'can’t be opened': {
      [Symbol.asyncIterator]() {
        throw thrown
      },
    },
    'fails after a part': (async function* () {
      yield firstPart
      yield 'more'
      throw thrown
    })(),
    'fails, and fails to end': {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(thrown),
        return() {
          throw new Error('another')
        },
      }),
    },
  }
  for (const [name, body] of Object.entries(bodies)) {
    it(`a body that ${name} is the caller’s error, and nothing is left`, { timeout: bound }, async () => {
      const [{ name: bucket }] = buckets
      const store = native.open(server, bucket)
      const { options } = inParts('')
      assert.equal(await rejection(store.createObject(name, body, options)), thrown)
      // Where the upload goes on without its body, it waits for that.
      await store.close()
      assert.deepEqual(await buckets[0].uploads(name), [])
      assert.equal(await buckets[0].text(name), undefined)
    })
  }

  it('a web stream’s chunk that is nothing is not its end', { timeout: bound }, async () => {
    const body = new ReadableStream({
      start(controller) {
        for (const chunk of ['begun', undefined, 'never']) controller.enqueue(chunk)
        controller.close()
      },
    })
    assertArgumentError(await rejection(stores[0].createObject('cut', body)), { name: 'body' })
    assert.equal(await buckets[0].text('cut'), undefined)
  })

  it('a server that ignores the condition of completions is sent no upload', { timeout: bound }, async () => {
    const bucket = await TestBucket.create(server)
    const match = { bucket: bucket.name, operation: 'CompleteMultipartUpload' }
    await server.add({ match, action: { what: 'ignoreCondition' } })
    const etag = await bucket.write('there', 'theirs')
    const store = native.open(server, bucket.name)
    const calls = {
      'If-None-Match': ({ body, options }) => store.createObject('new', body, options),
      'If-Match': ({ body, options }) => store.putObjectIfMatch('there', body, etag, options),
    }
    for (const [condition, call] of Object.entries(calls)) {
      const error = await rejects(call(inParts('ours')), 'UnsupportedBucketOperationError')
      assert.match(error.message, new RegExp(`ignores ${condition}.* on CompleteMultipartUpload`))
    }
    for (const key of ['new', 'there']) {
      const { operations } = await server.requests(bucket.name, key)
      assert.equal(operations.CreateMultipartUpload, undefined)
    }
    await store.createObject('whole', 'x')
    assert.deepEqual(await bucket.uploads(), [])
    assert.equal(await bucket.text('there'), 'theirs')
  })
})
