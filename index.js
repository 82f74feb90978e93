import createS3Store from './index.cjs'

export default createS3Store
export const {
  createJsonWrapper,
  KeyExistsError,
  StaleDataError,
  ConcurrentWriteConflictError,
  UnsupportedBucketOperationError,
  AmbiguousWriteError,
  ChecksumMismatchError,
} = createS3Store
export { createS3Store }
