import { delegated, nativeEngines } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { anyServer } from './support/servers.mjs'
import { progress, progressOfAClient } from './suites/progress.mjs'

runSuite(progress, { engines: nativeEngines })
runSuite(progressOfAClient, { engines: [delegated], servers: [anyServer] })
