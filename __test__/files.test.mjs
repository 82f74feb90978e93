import { delegated, nativeEngines } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { anyServer } from './support/servers.mjs'
import { files, filesThroughAClient } from './suites/files.mjs'

runSuite(files, { engines: nativeEngines })
runSuite(filesThroughAClient, { engines: [delegated], servers: [anyServer] })
