import { delegated, nativeEngines } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { anyServer } from './support/servers.mjs'
import { runScripted } from './support/scripted.mjs'
import { files, filesInParts, filesThroughAClient } from './suites/files.mjs'

runSuite(files, { engines: nativeEngines })
runScripted(filesInParts, { engines: nativeEngines })
runSuite(filesThroughAClient, { engines: [delegated], servers: [anyServer] })
