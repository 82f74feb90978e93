import { adopted, delegated, native } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { anyServer } from './support/servers.mjs'
import { listing, manyKeys } from './suites/listing.mjs'

runSuite(listing)
runSuite(manyKeys, { engines: [native] })
runSuite(manyKeys, { engines: [adopted, delegated], servers: [anyServer] })
