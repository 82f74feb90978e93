// The calls of the mirrored package's README, as they stand there, with the package to import as an argument. Prints what
// came of each. `getIfMatch.asString()` of the README is a slip there, and `updateBody` is not defined: both are put right here.
const [, , name, bucket] = process.argv
const { default: createS3Store, createJsonWrapper } = await import(name)
const results = []

{
  const store = createJsonWrapper(createS3Store(bucket))
  const key = 'test-object'

  const object = { hello: 'world' }
  const createTag = await store.createObject(key, object)
  const updateTag = await store.putObjectIfMatch(key, { ...object, foo: 'bar ' }, createTag)

  // will only work if the object exists and was not modified
  const getResult = await store.getObjectIfMatch(key, updateTag)
  // getResult deeply equals { hello: 'world', foo: 'bar' }

  // use this if you don't have any etag and want to get the object
  // for the first time.
  const [getResult1, getTag] = await store.getObject(key)
  results.push({ createTag, updateTag, getResult, getResult1, getTag })
}

{
  const store = createS3Store(bucket)
  const key = 'test-object-1'
  const body = JSON.stringify({ hello: 'world' })
  const updateBody = JSON.stringify({ hello: 'again' })
  const contentType = 'application/json'

  // Create object
  const createResult = await store.createObject(key, body, contentType)

  const updateResult = await store.putObjectIfMatch(key, updateBody, createResult.etag, contentType)

  // Get object with etag
  const getIfMatchResult = await store.getObjectIfMatch(key, updateResult.etag)
  const text = await getIfMatchResult.asString()
  const { ETag, ContentType, ContentLength, Metadata, $metadata } = getIfMatchResult.response
  results.push({
    created: [createResult.etag, createResult.response.ETag],
    updated: [updateResult.etag, updateResult.response.ETag],
    text,
    response: {
      ETag,
      ContentType,
      ContentLength,
      Metadata,
      status: $metadata.httpStatusCode,
      attempts: $metadata.attempts,
    },
  })
}

{
  const store = createS3Store(bucket)
  const jsonStore = createJsonWrapper(store)
  const key = 'test-object-2'
  const [contentType, metadata] = ['text/plain', { orgid: 'o', userid: 'u' }]
  const { etag } = await store.createObject(key, 'body', { contentType, metadata })
  const first = await store.getObject(key)
  const updated = await store.putObjectIfMatch(key, '{}', etag, {
    contentType: 'application/json',
    metadata: { orgid: 'o', userid: 'u' },
  })
  const second = await store.getObject(key)
  await jsonStore.putObjectIfMatch(key, { a: 1 }, updated.etag, { metadata: { orgid: 'o' } })
  const third = await store.getObject(key)
  for (const got of [first, second, third]) {
    const { ContentType, Metadata } = got.response
    results.push({ tag: got.etag, ContentType, Metadata, text: await got.asString() })
  }
}

{
  const store = createS3Store(bucket)
  const outcomes = await Promise.allSettled([
    store.createObject('test-object-1', 'x'),
    store.putObjectIfMatch('test-object-1', 'x', '"stale"'),
    store.getObjectIfMatch('test-object-1', '"stale"'),
    store.getObject('absent'),
  ])
  results.push(
    outcomes.map(({ reason }) => {
      const { name: error, message, Code, $fault } = reason
      return { error, message, Code, $fault, original: reason.originalError?.Code }
    }),
  )
}

{
  const store = createS3Store(bucket)
  await store.createObject('gzip', Buffer.from([1, 2, 3]), { contentType: 'application/gzip' })
  const got = await store.getObject('gzip')
  results.push({ bytes: [...(await got.asByteArray())], type: got.response.ContentType })
  for await (const objects of store.list('test-object')) {
    results.push(objects.map(({ Key, ETag, Size, StorageClass }) => ({ Key, ETag, Size, StorageClass })))
  }
  for (const key of ['test-object', 'test-object-1', 'test-object-2', 'gzip']) {
    const { etag, response } = await store.deleteObject(key)
    results.push({ etag, status: response.$metadata.httpStatusCode })
  }
  for await (const objects of store.list()) results.push(objects)
}

console.log(JSON.stringify(results, (_, value) => (value === undefined ? 'undefined' : value)))
