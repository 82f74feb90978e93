import { delegated, nativeEngines } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { anyServer } from './support/servers.mjs'
import { linksThroughAClient, presign } from './suites/presign.mjs'

runSuite(presign, { engines: nativeEngines })
runSuite(linksThroughAClient, { engines: [delegated], servers: [anyServer] })
