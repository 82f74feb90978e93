// Bodies that are still to come: every kind of stream, in one request or in parts, and what happens when it fails.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { rejectsWith } from '../support/expect-error.mjs'

const MiB = 1024 * 1024
const partSize = 5 * MiB
/** A part and a bit. */
const large = randomBytes(partSize + 4321)
const small = Buffer.from('a small body, Grüße, 世界')

/** The bytes in uneven pieces, out of a buffer that is used again and again. */
async function* pieces(bytes) {
  const used = Buffer.alloc(300_001)
  for (let at = 0; at < bytes.length; at += used.length) {
    const length = bytes.copy(used, 0, at)
    yield used.subarray(0, length)
    used.fill(0)
  }
}

/** The same, each piece with memory of its own. */
async function* copies(bytes) {
  for await (const piece of pieces(bytes)) yield Buffer.from(piece)
}

async function withFile(bytes, run) {
  const folder = await mkdtemp(join(tmpdir(), 's3-store-'))
  const path = join(folder, 'body')
  await writeFile(path, bytes)
  try {
    return await run(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Each kind of stream: hands a body with these bytes to `write`. */
const kinds = {
  'an async generator': (bytes, write) => write(pieces(bytes)),
  // It reads ahead.
  'a Node Readable': (bytes, write) => write(Readable.from(copies(bytes))),
  'a Node PassThrough that is written to meanwhile': async (bytes, write) => {
    const through = new PassThrough()
    const written = write(through)
    for await (const piece of pieces(bytes)) through.write(Buffer.from(piece))
    through.end()
    return await written
  },
  'a web ReadableStream': (bytes, write) => write(new Blob([bytes]).stream()),
  'a web ReadableStream of ArrayBuffers': (bytes, write) => {
    const halves = [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)]
    return write(
      new ReadableStream({
        pull(controller) {
          const half = halves.shift()
          if (half) controller.enqueue(Uint8Array.from(half).buffer)
          else controller.close()
        },
      }),
    )
  },
  'a file stream': (bytes, write) => withFile(bytes, (path) => write(createReadStream(path))),
  'an open file': (bytes, write) =>
    withFile(bytes, async (path) => {
      const file = await open(path)
      try {
        const result = await write(file)
        assert.ok((await file.stat()).isFile(), 'it stays open')
        return result
      } finally {
        await file.close()
      }
    }),
}

export function streamsIn(context) {
  const { test } = context
  // A client sends no parts: all must fit into one.
  const parts = { partSize: context.engine.engine === 'client' ? 6 * MiB : partSize }

  for (const [kind, give] of Object.entries(kinds)) {
    test(`${kind} is written and replaced as it is`, async ({ store, bucket }) => {
      const options = {
        ...parts,
        contentType: 'text/x-test',
        metadata: { a: 'b' },
        cacheControl: 'no-store',
      }
      const created = await give(small, (body) => store.createObject(kind, body, options))
      await isThere(bucket, kind, small, created)
      await give(small, (body) => rejectsWith('KeyExistsError', store.createObject(kind, body, parts)))
      const other = Buffer.from('another body')
      const put = await give(other, (body) => store.putObjectIfMatch(kind, body, created.etag, parts))
      assert.equal(await bucket.text(kind), 'another body')
      assert.notEqual(put.etag, created.etag)
      await give(small, (body) =>
        rejectsWith('StaleDataError', store.putObjectIfMatch(kind, body, created.etag, parts)),
      )
      assert.equal(await bucket.text(kind), 'another body')
    })
  }

  test('strings out of a stream are written as UTF-8', async ({ store, bucket }) => {
    await store.createObject('strings', Readable.from(['Grüße, ', '世界']), { contentLength: 15 })
    assert.equal(await bucket.text('strings'), 'Grüße, 世界')
  })

  test('an empty stream writes an empty object', async ({ store, bucket }) => {
    await store.createObject('empty stream', Readable.from([]), { contentLength: 0 })
    assert.equal(await bucket.text('empty stream'), '')
  })

  test('a stream that fails writes nothing, and the call rejects with its error', async ({ store, bucket }) => {
    const failure = new Error('the source failed')
    for (const [size, bytes] of Object.entries({ small, large })) {
      const failing = async function* () {
        yield* copies(bytes)
        throw failure
      }
      for (const body of [failing(), Readable.from(failing())]) {
        const length = { ...parts, contentLength: bytes.length + 1 }
        const error = await store.createObject(`failing ${size}`, body, length).catch((thrown) => thrown)
        assert.equal(error, failure)
        assert.equal(error.uploadId, undefined)
      }
      assert.equal(await bucket.read(`failing ${size}`), undefined)
    }
    assert.ok(!(await bucket.uploads()).some((key) => key.startsWith('failing')), 'no upload is left')
  })

  test('a stream that is destroyed half way writes nothing', async ({ store, bucket }) => {
    const body = new PassThrough()
    const written = store.createObject('destroyed', body, { contentLength: 10 })
    body.write('half')
    setImmediate(() => body.destroy())
    await rejectsWith({ code: 'ERR_STREAM_PREMATURE_CLOSE' }, written)
    assert.equal(await bucket.read('destroyed'), undefined)
  })

  test('a stream that gives anything but strings and bytes writes nothing', async ({ store, bucket }) => {
    for (const chunk of [1, { a: 1 }, null, undefined]) {
      const body = (async function* () {
        yield 'a'
        yield chunk
      })()
      await rejectsWith(
        { code: 'ERR_INVALID_ARG_TYPE', argument: 'body' },
        store.createObject('odd', body, { contentLength: 2 }),
      )
    }
    assert.equal(await bucket.read('odd'), undefined)
  })

  test('a body that is longer or shorter than contentLength writes nothing', async ({ store, bucket }) => {
    for (const [size, bytes] of Object.entries({ small, large })) {
      for (const contentLength of [bytes.length - 1, bytes.length + 1, 1]) {
        const options = { ...parts, contentLength }
        const expected = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', argument: 'options.contentLength' }
        await rejectsWith(expected, store.createObject(`not ${size}`, pieces(bytes), options))
        await rejectsWith(expected, store.createObject(`not ${size}`, bytes, options))
        await rejectsWith(expected, store.createObject(`not ${size}`, new Blob([bytes]), options))
      }
      assert.equal(await bucket.read(`not ${size}`), undefined)
      await store.createObject(`just ${size}`, bytes, { contentLength: bytes.length })
    }
    assert.ok(!(await bucket.uploads()).some((key) => key.startsWith('not')), 'no upload is left')
  })

  test('a stream that was read before, is locked or is closed is refused, and nothing is sent', async ({
    store,
    bucket,
  }) => {
    const read = Readable.from(['a', 'b'])
    await read.take(1).toArray()
    const destroyed = new PassThrough()
    destroyed.destroy()
    const locked = new Blob(['a']).stream()
    locked.getReader()
    const begun = new Blob(['a']).stream()
    const reader = begun.getReader()
    await reader.read()
    reader.releaseLock()
    const closed = await withFile(small, async (path) => {
      const file = await open(path)
      await file.close()
      return file
    })
    for (const body of [read, destroyed, locked, begun, closed]) {
      await rejectsWith(
        { code: 'ERR_INVALID_ARG_VALUE', argument: 'body' },
        store.createObject('used', body, { contentLength: 2 }),
      )
    }
    assert.equal(await bucket.read('used'), undefined)
  })

  test('an update takes no stream', async ({ store, bucket }) => {
    const update = store.update('updated', () => Readable.from(['a']))
    await rejectsWith({ code: 'ERR_INVALID_ARG_TYPE', argument: "fn's result" }, update)
    assert.equal(await bucket.read('updated'), undefined)
  })

  test('bad sizes of parts are refused', async ({ store }) => {
    const cases = [
      [{ partSize: partSize - 1 }, 'options.partSize'],
      [{ partSize: 5.5 * MiB + 0.5 }, 'options.partSize'],
      [{ partSize: '8 MiB' }, 'options.partSize'],
      [{ concurrency: 0 }, 'options.concurrency'],
      [{ contentLength: -1 }, 'options.contentLength'],
      [{ contentLength: '1' }, 'options.contentLength'],
      [{ contentLength: 10_000 * partSize + 1, partSize }, 'options.partSize'],
    ]
    for (const [options, argument] of cases) {
      await rejectsWith({ argument }, store.createObject('parts', Readable.from(['a']), options))
    }
  })
}

async function isThere(bucket, key, bytes, { etag, response }) {
  const found = await bucket.read(key)
  assert.ok(found.body.equals(bytes), 'the same bytes')
  assert.equal(found.etag, etag)
  assert.equal(found.contentType, 'text/x-test')
  assert.deepEqual(found.metadata, { a: 'b' })
  assert.equal(found.writeId, response.writeId)
}

/** Streams of which an object is made in parts. */
export function streamsInParts(context) {
  const { test } = context

  test('an object is created and replaced in parts, with all that was asked for', async ({ store, bucket }) => {
    const options = { partSize, contentType: 'text/x-test', metadata: { a: 'b' }, cacheControl: 'no-store' }
    const created = await store.createObject('in parts', pieces(large), options)
    assert.match(created.etag, /-2"$/, "S3's tags of parts end with their number")
    await isThere(bucket, 'in parts', large, created)
    assert.equal((await store.headObject('in parts')).response.CacheControl, 'no-store')
    await rejectsWith('KeyExistsError', store.createObject('in parts', pieces(large), options))
    const other = randomBytes(large.length)
    const put = await store.putObjectIfMatch('in parts', pieces(other), created.etag, options)
    await isThere(bucket, 'in parts', other, put)
    const stale = store.putObjectIfMatch('in parts', pieces(large), created.etag, options)
    assert.equal((await rejectsWith('StaleDataError', stale)).currentEtag, put.etag)
    await isThere(bucket, 'in parts', other, put)
    const missing = store.putObjectIfMatch('not there', pieces(large), created.etag, options)
    await rejectsWith('NoSuchKey', missing)
    assert.deepEqual(await bucket.uploads(), [])
  })

  test('an aborted upload leaves nothing behind, and its stream is ended', async ({ store, bucket }) => {
    const abort = new AbortController()
    let isEnded = false
    const body = (async function* () {
      try {
        yield large
        abort.abort(new Error('enough'))
        await new Promise((resolve) => setTimeout(resolve, 1))
        yield large
      } finally {
        isEnded = true
      }
    })()
    await rejectsWith({ message: 'enough' }, store.createObject('aborted', body, { partSize, signal: abort.signal }))
    assert.equal(await bucket.read('aborted'), undefined)
    await new Promise((resolve) => setTimeout(resolve, 10))
    assert.ok(isEnded, 'the generator was ended')
    assert.deepEqual(await bucket.uploads(), [])
  })

  test('a stream that never ends is ended by the time limit', async ({ store, bucket }) => {
    const body = new PassThrough()
    body.write(large)
    await rejectsWith({ name: 'TimeoutError' }, store.createObject('late', body, { partSize, timeout: 500 }))
    assert.ok(body.destroyed, 'the stream was destroyed')
    assert.equal(await bucket.read('late'), undefined)
    assert.deepEqual(await bucket.uploads(), [])
  })

  test('a Blob larger than a part is written in parts', async ({ store, bucket }) => {
    const { etag } = await store.createObject('blob', new Blob([large]), { partSize })
    assert.match(etag, /-2"$/, "S3's tags of parts end with their number")
    assert.ok((await bucket.read('blob')).body.equals(large))
    await rejectsWith('KeyExistsError', store.createObject('blob', new Blob([large]), { partSize }))
    assert.deepEqual(await bucket.uploads(), [])
  })

  test('many streams at once, each with its own bytes', async ({ store, bucket }) => {
    const bodies = Array.from({ length: 3 }, () => randomBytes(partSize + 1))
    const keys = bodies.map((_, at) => `at once ${at}`)
    await Promise.all(
      bodies.map((body, at) => store.createObject(keys[at], pieces(body), { partSize, concurrency: 2 })),
    )
    for (const [at, body] of bodies.entries()) assert.ok((await bucket.read(keys[at])).body.equals(body))
  })

  test('of writers with streams on one key one wins', async ({ store, bucket }) => {
    const bodies = Array.from({ length: 3 }, () => randomBytes(partSize + 1))
    const settled = await Promise.allSettled(
      bodies.map((body) => store.createObject('race', pieces(body), { partSize })),
    )
    const won = settled.flatMap(({ status }, at) => (status === 'fulfilled' ? [at] : []))
    assert.equal(won.length, 1, `one winner: ${settled.map(({ reason }) => reason?.name)}`)
    for (const { reason } of settled) {
      if (reason) assert.match(reason.name, /^(KeyExistsError|ConcurrentWriteConflictError)$/)
    }
    assert.ok((await bucket.read('race')).body.equals(bodies[won[0]]))
    assert.deepEqual(await bucket.uploads(), [])
  })
}

/** Every kind of stream, in parts. */
export function kindsOfStreamsInParts(context) {
  for (const [kind, give] of Object.entries(kinds)) {
    context.test(`${kind} is written in parts as it is`, async ({ store, bucket }) => {
      const options = { partSize, contentType: 'text/x-test', metadata: { a: 'b' } }
      await isThere(bucket, kind, large, await give(large, (body) => store.createObject(kind, body, options)))
    })
  }
}

/** A client sends one request for a call, of a body that is in memory. */
export function streamsThroughAClient(context) {
  context.test('a stream that is larger than a part is refused, and nothing is sent', async ({ store, bucket }) => {
    await rejectsWith('UnsupportedBucketOperationError', store.createObject('too large', pieces(large), { partSize }))
    assert.equal(await bucket.read('too large'), undefined)
  })
}
