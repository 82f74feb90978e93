// What fits together where @types/node is installed.
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import createS3Store, { type S3StoreOptions } from 's3-store-native'
import type { Expect } from './expect.js'

export const options: S3StoreOptions[] = [{ endpoint: new URL('http://localhost:9000') }]

export async function read(sink: NodeJS.WritableStream) {
  const store = createS3Store('bucket')
  await store.createObject('key', Buffer.from('bytes'))
  await store.createObject('key', new Blob(['text']))
  await store.createObject('key', process.stdin)

  await store.update('key', () => Buffer.from('bytes'), { signal: AbortSignal.timeout(1000) })

  const got = await store.getObject('key', { signal: new AbortController().signal, timeout: 1000 })
  const stream = await got.asWebStream()
  true satisfies Expect<typeof stream, ReadableStream>
  await pipeline(await got.asNodeStream(), sink)
  await pipeline(got, sink)
  await got[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  const { Body } = got.response
  if (!Body) return
  const readable: NodeJS.ReadableStream = Body
  await pipeline(Body, sink)
  Body.pipe(sink).on('finish', () => Body.destroy())
  for await (const chunk of Body) sink.write(chunk)
  true satisfies Expect<ReturnType<typeof Body.transformToWebStream>, ReadableStream>
  return readable satisfies Pick<Readable, 'read'>
}
