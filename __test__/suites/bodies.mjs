// What can be written: every kind of body, every size at which something changes.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { runInNewContext } from 'node:vm'

const KiB = 1024
const MiB = 1024 * KiB
const letters = Uint8Array.from(Buffer.from('abcdefghij'))

/** Each kind of body with the bytes that have to arrive. */
const kinds = {
  'a string': ['plain', 'plain'],
  'a string beyond ASCII': ['Grüße, 世界, 😀', 'Grüße, 世界, 😀'],
  'a string that starts with a byte order mark': ['\ufeffmark', '\ufeffmark'],
  'an empty string': ['', ''],
  'a Buffer': [Buffer.from('buffer'), 'buffer'],
  'an empty Buffer': [Buffer.alloc(0), ''],
  'a Buffer out of the middle of another': [Buffer.from('..middle..').subarray(2, 8), 'middle'],
  'a Uint8Array': [letters, 'abcdefghij'],
  'a Uint8Array out of the middle of its buffer': [letters.subarray(3, 6), 'def'],
  'a Uint8ClampedArray': [new Uint8ClampedArray([104, 105]), 'hi'],
  'an Int16Array with an offset': [new Int16Array(letters.slice().buffer, 2, 3), 'cdefgh'],
  'a Float64Array': [new Float64Array(Uint8Array.from(Buffer.from('12345678')).buffer), '12345678'],
  'a BigUint64Array': [new BigUint64Array(Uint8Array.from(Buffer.from('87654321')).buffer), '87654321'],
  'a DataView with an offset': [new DataView(letters.slice().buffer, 4, 2), 'ef'],
  'an ArrayBuffer': [letters.slice().buffer, 'abcdefghij'],
  'an empty ArrayBuffer': [new ArrayBuffer(0), ''],
  'a Uint8Array of another realm': [runInNewContext('new Uint8Array([118, 109])'), 'vm'],
  'a DataView of another realm': [runInNewContext('new DataView(new Uint8Array([118, 109, 33]).buffer, 1)'), 'm!'],
  'an ArrayBuffer of another realm': [runInNewContext('new Uint8Array([118, 109]).buffer'), 'vm'],
}

/** Below and above what an addon's answers share memory up to, and what it hands over. */
const small = [0, 1, 100, 4 * KiB - 1, 4 * KiB, 4 * KiB + 1, 8 * KiB, 32 * KiB, 32 * KiB + 1]
const sizes = [1, 256 * KiB - 1, 256 * KiB, 256 * KiB + 1, 5 * MiB]

export function bodies(context) {
  const { test } = context

  for (const [kind, [body, expected]] of Object.entries(kinds)) {
    test(`${kind} is written and replaced as it is`, async ({ store, bucket }) => {
      const { etag } = await store.createObject(kind, body)
      assert.equal(await bucket.text(kind), expected)
      await bucket.write(kind, 'between')
      const between = await bucket.read(kind)
      assert.notEqual(between.etag, etag)
      await store.putObjectIfMatch(kind, body, between.etag)
      assert.equal(await bucket.text(kind), expected)
    })
  }

  test('a Blob is written and replaced as it is', async ({ store, bucket }) => {
    const { etag } = await store.createObject('blob', new Blob(['a blob, ', Buffer.from('of parts')]))
    assert.equal(await bucket.text('blob'), 'a blob, of parts')
    await store.putObjectIfMatch('blob', new Blob([]), etag)
    assert.equal(await bucket.text('blob'), '')
  })

  for (const size of sizes) {
    test(`${size} bytes go and come back`, async ({ store, bucket }) => {
      const body = randomBytes(size)
      const key = `size-${size}`
      const { etag } = await store.createObject(key, body)
      const got = await store.getObjectIfMatch(key, etag)
      assert.ok(body.equals(await got.asByteArray()), 'the same bytes through the store')
      assert.ok(body.equals((await bucket.read(key)).body), 'the same bytes in the bucket')
    })
  }

  test('bodies that are read at once are each of their own bytes', async ({ store }) => {
    const bodies = new Map(small.map((size) => [`at-once/${size}`, randomBytes(size)]))
    const tags = new Map()
    for (const [key, body] of bodies) tags.set(key, (await store.createObject(key, body)).etag)
    const keys = Array.from({ length: 20 }, () => [...bodies.keys()]).flat()
    const read = async (key) => {
      const body = bodies.get(key)
      const got = await store.getObject(key)
      assert.equal(got.etag, tags.get(key))
      assert.equal(got.response.ContentLength, body.length)
      const bytes = await got.asByteArray()
      assert.ok(body.equals(bytes), key)
      // Nobody else may have these.
      bytes.fill(0)
    }
    await Promise.all(keys.map(read))
  })

  test('an empty object comes back empty', async ({ store }) => {
    await store.createObject('empty', '')
    assert.equal(await (await store.getObject('empty')).asString(), '')
    assert.equal((await (await store.getObject('empty')).asByteArray()).length, 0)
  })
}

/** A body that changes right after the call. */
export function bodiesThatChange(context) {
  const { test } = context

  for (const size of [16, 300 * KiB, 5 * MiB]) {
    test(`a buffer of ${size} bytes changed right after the call is written as it was`, async ({
      openStore,
      bucket,
    }) => {
      // A store of its own: the first call of an adopted store still has the client's configuration to read.
      const store = openStore()
      for (const call of ['first', 'second']) {
        const key = `changed-${size}-${call}`
        const body = Buffer.alloc(size, 'a')
        const created = store.createObject(key, body)
        body.fill('b')
        const { etag } = await created
        assert.ok((await bucket.read(key)).body.equals(Buffer.alloc(size, 'a')), `${call} create`)
        const updated = store.putObjectIfMatch(key, body, etag)
        body.fill('c')
        await updated
        assert.ok((await bucket.read(key)).body.equals(Buffer.alloc(size, 'b')), `${call} update`)
      }
    })
  }

  test('an ArrayBuffer and a view with an offset are copied too', async ({ openStore, bucket }) => {
    const bytes = Uint8Array.from(Buffer.from('abcdef'))
    const whole = openStore().createObject('changed-buffer', bytes.buffer)
    const part = openStore().createObject('changed-view', bytes.subarray(2, 4))
    bytes.fill(0)
    await Promise.all([whole, part])
    assert.equal(await bucket.text('changed-buffer'), 'abcdef')
    assert.equal(await bucket.text('changed-view'), 'cd')
  })

  test('options changed right after the call are sent as they were', async ({ openStore, bucket }) => {
    const options = { contentType: 'text/plain', metadata: { owner: 'me' } }
    const created = openStore().createObject('changed-options', 'x', options)
    options.contentType = 'text/html'
    options.metadata.owner = 'you'
    await created
    const { contentType, metadata } = await bucket.read('changed-options')
    assert.deepEqual({ contentType, metadata }, { contentType: 'text/plain', metadata: { owner: 'me' } })
  })
}

/** Once, on one server: 64 MiB each way. */
export function largeBodies(context) {
  context.test('64 MiB go and come back', async ({ store }) => {
    const body = randomBytes(64 * MiB)
    const { etag } = await store.createObject('large', body)
    const got = await store.getObjectIfMatch('large', etag)
    assert.equal(got.response.ContentLength, body.length)
    assert.ok(body.equals(await got.asByteArray()))
    const again = await store.getObject('large')
    let place = 0
    for await (const chunk of again.response.Body) {
      assert.ok(body.subarray(place, place + chunk.length).equals(chunk), `the bytes from ${place}`)
      place += chunk.length
    }
    assert.equal(place, body.length)
  })
}
