// The CommonJS face: `require` gives the function, with the rest as its properties.
import createS3Store = require('s3-store-native')
import type { Expect } from './expect.js' with { 'resolution-mode': 'import' }

const store: createS3Store.S3Store = createS3Store('bucket', { region: 'eu-west-1' })
export const json: createS3Store.JsonS3Store<number> = createS3Store.createJsonWrapper<number>(store)
true satisfies Expect<typeof createS3Store.createS3Store, typeof createS3Store>
true satisfies Expect<typeof createS3Store.default, typeof createS3Store>

export function explain(error: createS3Store.S3StoreError | TypeError) {
  if (error instanceof createS3Store.KeyExistsError) return error.code satisfies 'KEY_EXISTS'
  return error.message
}
