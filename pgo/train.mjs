// What an addon does that counts what it runs: calls as applications make them, mostly small, also the ones that fail.
// Usage: node pgo/train.mjs <place>, as bench/servers/ has it.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import createS3Store, { createJsonWrapper } from 's3-store-native'
import { measure } from '../bench/process/measure.mjs'
import { fixedEtag } from '../bench/servers/nginx.mjs'
import { KIB, MIB } from '../bench/work/index.mjs'
import { isMain } from '../scripts/run.mjs'

/** Of the objects that are read. */
export const sizes = [KIB, 64 * KIB, 16 * MIB]

const CALLS = 20_000
const IN_FLIGHT = 32

if (isMain(import.meta.url)) {
  const { endpoint, region, accessKeyId, secretAccessKey, bucket, trust } = JSON.parse(process.argv[2])
  const store = createS3Store(bucket, {
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    conditions: trust ? 'trust' : 'verify',
  })
  if (trust) await fast(store)
  else await complete(store)
  await store.close()
}

/** A server that is as fast as it can be, and judges nothing. @param {import('s3-store-native').S3Store} store */
async function fast(store) {
  const [small, medium, large] = sizes
  const read = async (size) => (await store.getObject(`get-${size}`)).asByteArray()
  const write = (size) => store.putObjectIfMatch('put/key', Buffer.alloc(size, 'x'), fixedEtag)
  await lanes(1, CALLS / 10, () => read(small))
  for (const inFlight of [IN_FLIGHT, 8 * IN_FLIGHT]) {
    await lanes(inFlight, CALLS, () => read(small))
    await lanes(inFlight, CALLS, () => write(small))
  }
  await lanes(IN_FLIGHT, CALLS / 20, () => read(medium))
  await lanes(IN_FLIGHT, CALLS / 20, () => write(medium))
  for (let time = 0; time < 5; time += 1) {
    await read(large)
    await write(large)
    for await (const piece of await store.getObject(`get-${large}`)) assert.ok(piece.length > 0)
  }
}

/** One that does all that S3 does. @param {import('s3-store-native').S3Store} store */
async function complete(store) {
  const json = createJsonWrapper(store)
  let calls = 0
  await lanes(IN_FLIGHT, CALLS / 10, async () => {
    const call = calls++
    const key = `train/${call}`
    const { etag } = await store.createObject(key, 'a value', { metadata: { call: String(call) } })
    await assert.rejects(store.createObject(key, 'another'), { name: 'KeyExistsError' })
    const { etag: second } = await store.putObjectIfMatch(key, 'the next', etag)
    await assert.rejects(store.putObjectIfMatch(key, 'late', etag), { name: 'StaleDataError' })
    assert.equal(await (await store.getObjectIfMatch(key, second)).asString(), 'the next')
    await assert.rejects(store.getObject(`${key}/absent`), { name: 'NoSuchKey' })
    await store.headObject(key)
    await store.update(`train/counter/${call % IN_FLIGHT}`, (value) => String(Number(value ?? 0) + 1))
    await json.createObject(`train/json/${call}`, { call })
    await json.getObject(`train/json/${call}`)
    await store.deleteObjectIfMatch(key, second)
  })
  for await (const page of store.list('train/')) assert.ok(page.length > 0)
  await store.createObject('train/large', Readable.from([Buffer.alloc(12 * MIB)]))
  await store.copyObject('train/large', 'train/copy', { ifNoneMatch: '*' })
}

/**
 * @param {number} inFlight
 * @param {number} operations
 * @param {() => Promise<unknown>} make
 */
async function lanes(inFlight, operations, make) {
  await measure(Array(inFlight).fill(make), { ms: 0, operations })
}
