// Objects out of files, and files out of objects.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { object } from '../support/answers.mjs'
import { rejectsWith } from '../support/expect-error.mjs'
import { inFolder } from '../support/folder.mjs'
import { waitFor, within } from '../support/wait.mjs'

const MiB = 1024 * 1024
const partSize = 5 * MiB
const large = randomBytes(2 * partSize + 4321)

export function files(context) {
  const test = (name, run) => context.test(name, (fields) => inFolder((folder) => run({ ...fields, folder })))

  for (const [size, bytes] of Object.entries({
    'an empty': Buffer.alloc(0),
    'a small': Buffer.from('small'),
    'a large': large,
  })) {
    test(`${size} file goes up, is replaced, and comes down`, async ({ store, bucket, folder }) => {
      const path = join(folder, 'original.svg')
      const key = `${size} file`
      await writeFile(path, bytes)
      const created = await store.createObjectFromFile(key, path, { partSize, metadata: { a: 'b' } })
      const found = await bucket.read(key)
      assert.ok(found.body.equals(bytes), 'the same bytes')
      assert.equal(found.etag, created.etag)
      assert.equal(found.contentType, 'image/svg+xml')
      assert.deepEqual(found.metadata, { a: 'b' })
      assert.equal(found.writeId, created.response.writeId)
      await rejectsWith('KeyExistsError', store.createObjectFromFile(key, path, { partSize }))
      await writeFile(path, Buffer.concat([bytes, Buffer.from('more')]))
      const put = await store.putObjectFromFileIfMatch(key, pathToFileURL(path), created.etag, { partSize })
      await rejectsWith('StaleDataError', store.putObjectFromFileIfMatch(key, path, created.etag, { partSize }))
      const copy = join(folder, 'copy')
      await writeFile(copy, 'what was there before')
      const got = await store.getObjectToFile(key, copy, { partSize: MiB, concurrency: 3 })
      assert.ok((await readFile(copy)).equals(await readFile(path)), 'the same bytes again')
      assert.equal(got.etag, put.etag)
      assert.equal(got.notModified, false)
      assert.equal(got.response.ContentLength, bytes.length + 4)
      assert.equal(got.response.ContentRange, undefined)
      assert.equal(got.response.$metadata.httpStatusCode, 200)
      assert.deepEqual((await readdir(folder)).toSorted(), ['copy', 'original.svg'], 'nothing else is left')
      assert.equal((await stat(copy)).mode & 0o777, 0o666 & ~process.umask(), 'as any new file')
      assert.deepEqual(await bucket.uploads(), [])
    })
  }

  test("the content type is the caller's, the extension's, or none in particular", async ({
    store,
    bucket,
    folder,
  }) => {
    for (const [name, options, expected] of [
      ['a.json', undefined, 'application/json'],
      ['a.json', 'text/x-own', 'text/x-own'],
      ['a.json', { contentType: 'text/x-own' }, 'text/x-own'],
      ['no-extension', undefined, 'application/octet-stream'],
      ['a.unheard-of', {}, 'application/octet-stream'],
    ]) {
      await writeFile(join(folder, name), '1')
      await store.createObjectFromFile('type', join(folder, name), options)
      assert.equal((await bucket.read('type')).contentType, expected)
      await bucket.delete('type')
    }
  })

  test('a file that cannot be read is an error by its code, and nothing is written', async ({
    store,
    bucket,
    folder,
  }) => {
    await rejectsWith(
      { code: 'ENOENT', operation: 'createObjectFromFile' },
      store.createObjectFromFile('k', join(folder, 'none')),
    )
    await rejectsWith({ code: 'EISDIR' }, store.createObjectFromFile('k', folder))
    assert.equal(await bucket.read('k'), undefined)
  })

  test('a file that changes while it is read is not written', async ({ store, bucket, folder }) => {
    const path = join(folder, 'changing')
    const big = randomBytes(8 * partSize)
    for (const change of [() => writeFile(path, 'short'), () => appendFile(path, 'longer')]) {
      await writeFile(path, big)
      let changed
      // Once the first part is there.
      const onProgress = () => (changed ??= change())
      const written = store.createObjectFromFile('changing', path, { partSize, concurrency: 1, onProgress })
      await rejectsWith({ code: 'ERR_FILE_CHANGED' }, written)
      await changed
      assert.equal(await bucket.read('changing'), undefined)
    }
    assert.deepEqual(await bucket.uploads(), [])
  })

  test('an object that changes while it is read becomes no file', async ({ store, bucket, folder }) => {
    await bucket.write('moving', large)
    const path = join(folder, 'moving')
    await writeFile(path, 'before')
    // It can fail while the other write is still to be answered.
    const reading = store.getObjectToFile('moving', path, { partSize: MiB, concurrency: 1 }).then(
      () => 'read',
      (error) => error.name,
    )
    await bucket.write('moving', randomBytes(large.length))
    // Unless the change came before the first part, or after the last one.
    const outcome = await reading
    const now = await readFile(path)
    if (outcome === 'read')
      assert.ok(now.equals(large) || now.equals((await bucket.read('moving')).body), 'all of one object')
    else {
      assert.equal(outcome, 'StaleDataError')
      assert.equal(now.toString(), 'before')
    }
    assert.deepEqual(await readdir(folder), ['moving'], 'nothing else is left')
  })

  test('what cannot be read or written leaves the place of the file as it was', async ({ store, bucket, folder }) => {
    const etag = await bucket.write('there', large)
    const path = join(folder, 'kept')
    await writeFile(path, 'before')
    await rejectsWith('NoSuchKey', store.getObjectToFile('not there', path))
    await rejectsWith('StaleDataError', store.getObjectToFile('there', path, { ifMatch: '"0123456789abcdef"' }))
    const same = await store.getObjectToFile('there', path, { ifNoneMatch: etag })
    assert.equal(same.notModified, true)
    const nowhere = await rejectsWith({ code: 'ENOENT' }, store.getObjectToFile('there', join(folder, 'none', 'file')))
    assert.match(nowhere.message, /^its folder does not exist: .*file$/)
    await mkdir(join(folder, 'folder'))
    await rejectsWith({ code: 'EISDIR' }, store.getObjectToFile('there', join(folder, 'folder')))
    const abort = new AbortController()
    const onProgress = () => abort.abort(new Error('enough'))
    const options = { partSize: MiB, concurrency: 1, signal: abort.signal, onProgress }
    await rejectsWith({ message: 'enough' }, store.getObjectToFile('there', path, options))
    assert.equal(await readFile(path, 'utf8'), 'before')
    assert.deepEqual((await readdir(folder)).toSorted(), ['folder', 'kept'], 'nothing else is left')
  })

  test('a link is written as the file that it leads to', async ({ store, bucket, folder }) => {
    await writeFile(join(folder, 'file'), 'linked')
    await symlink(join(folder, 'file'), join(folder, 'link'))
    await store.createObjectFromFile('link', join(folder, 'link'))
    assert.equal(await bucket.text('link'), 'linked')
  })

  test('an aborted upload of a file leaves nothing behind', async ({ store, bucket, folder }) => {
    const path = join(folder, 'aborted')
    await writeFile(path, randomBytes(4 * partSize))
    const abort = new AbortController()
    const onProgress = () => abort.abort(new Error('enough'))
    const options = { partSize, concurrency: 1, signal: abort.signal, onProgress }
    await rejectsWith({ message: 'enough' }, store.createObjectFromFile('aborted', path, options))
    assert.equal(await bucket.read('aborted'), undefined)
    assert.deepEqual(await bucket.uploads(), [])
  })

  test('bad paths and options are refused', async ({ store }) => {
    for (const path of [undefined, 1, '', 'a\0b', new URL('http://host/file')]) {
      await rejectsWith({ argument: 'path' }, store.createObjectFromFile('k', path))
      await rejectsWith({ argument: 'path' }, store.putObjectFromFileIfMatch('k', path, '"e"'))
      await rejectsWith({ argument: 'path' }, store.getObjectToFile('k', path))
    }
    await rejectsWith({ argument: 'options.contentLength' }, store.createObjectFromFile('k', 'f', { contentLength: 1 }))
    await rejectsWith({ argument: 'options.partSize' }, store.createObjectFromFile('k', 'f', { partSize: MiB }))
    await rejectsWith({ argument: 'options.partSize' }, store.getObjectToFile('k', 'f', { partSize: 1 }))
    await rejectsWith({ argument: 'options.concurrency' }, store.getObjectToFile('k', 'f', { concurrency: 0 }))
    await rejectsWith({ argument: 'options.range' }, store.getObjectToFile('k', 'f', { range: 'bytes=0-1' }))
    await rejectsWith({ argument: 'options.ifMatch' }, store.getObjectToFile('k', 'f', { ifMatch: '*' }))
    await rejectsWith(
      { argument: 'options.ifMatch' },
      store.getObjectToFile('k', 'f', { ifMatch: '"a"', ifNoneMatch: '"b"' }),
    )
    await rejectsWith({ argument: 'etag' }, store.putObjectFromFileIfMatch('k', 'f', '*'))
  })
}

/** With a server that sees the requests. */
export function filesInParts({ test }) {
  test('a file comes down in parts, as many at once as wanted, and all of one object', ({ server, store }) =>
    inFolder(async (folder) => {
      const path = join(folder, 'file')
      const bytes = randomBytes(5 * MiB)
      const etag = '"one"'
      const whole = object(bytes, { etag })
      let [asked, open, most] = [0, 0, 0]
      server.answer(async (request, response) => {
        asked += 1
        open += 1
        // After the first, which tells how many there are, two and two.
        const both = asked > 1 ? 2 * Math.ceil((asked - 1) / 2) + 1 : 1
        await waitFor(() => asked >= both, 'the other part')
        most = Math.max(most, open)
        response.on('finish', () => (open -= 1))
        whole(request, response)
      })
      await within(store.getObjectToFile('key', path, { partSize: MiB, concurrency: 2 }), 'the file')
      assert.ok((await readFile(path)).equals(bytes), 'the same bytes')
      assert.equal(most, 2)
      const parts = server.requests.map(({ headers }) => [headers.range, headers['if-match']])
      const ranges = [0, 1, 2, 3, 4].map((number) => `bytes=${number * MiB}-${(number + 1) * MiB - 1}`)
      assert.deepEqual(
        parts.toSorted(),
        ranges.map((range, number) => [range, number === 0 ? undefined : etag]),
      )
    }))
}

/** A client has no command for files. */
export function filesThroughAClient(context) {
  context.test('files need the native engine', async ({ store }) => {
    await rejectsWith('UnsupportedBucketOperationError', store.createObjectFromFile('k', import.meta.filename))
    await rejectsWith(
      'UnsupportedBucketOperationError',
      store.putObjectFromFileIfMatch('k', import.meta.filename, '"e"'),
    )
    await rejectsWith('UnsupportedBucketOperationError', store.getObjectToFile('k', 'never written'))
  })
}
