// What a developer sees who prints a store.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inspect } from 'node:util'
import createS3Store, { createJsonWrapper } from 's3-store-native'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'very-secret' }

it('a store prints whose it is and who does the work', () => {
  const store = createS3Store('bucket', { region: 'eu-west-1', credentials })
  assert.equal(inspect(store), "S3Store { bucket: 'bucket', engine: 'native' }")
  assert.equal(inspect(createJsonWrapper(store), { breakLength: 200 }), `JsonS3Store { store: ${inspect(store)} }`)
  const mocked = createS3Store('bucket', { client: { send: async () => ({}) } })
  assert.equal(inspect(mocked), "S3Store { bucket: 'bucket', engine: 'client' }")
})

it('no secret is printed, however deep', () => {
  const store = createS3Store('bucket', { region: 'eu-west-1', credentials })
  const printed = inspect({ store }, { depth: 20, showHidden: true })
  assert.equal(printed.includes('very-secret'), false)
})
