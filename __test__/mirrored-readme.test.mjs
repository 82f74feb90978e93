// The mirrored package's README works after the import is changed, and comes to the same results.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { environment, resultOf } from './support/child.mjs'
import { TestBucket } from './support/bucket.mjs'
import { servers } from './support/servers.mjs'

describe('the mirrored README', () => {
  for (const server of servers) {
    it(`gives what @kessler/s3-store gives, ${server.name}`, { timeout: 120_000 }, async () => {
      const bucket = await TestBucket.create(server)
      try {
        const env = environment(server)
        const theirs = await resultOf('mirrored-readme.mjs', ['@kessler/s3-store', bucket.name], { env })
        const ours = await resultOf('mirrored-readme.mjs', ['s3-store-native', bucket.name], { env })
        assert.deepEqual(ours, theirs)
        assert.deepEqual(ours[0].getResult, { hello: 'world', foo: 'bar ' })
        assert.equal(ours[1].text, '{"hello":"again"}')
      } finally {
        await bucket.remove()
      }
    })
  }
})
