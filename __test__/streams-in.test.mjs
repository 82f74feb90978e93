import { delegated, native, nativeEngines } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { anyServer } from './support/servers.mjs'
import { kindsOfStreamsInParts, streamsIn, streamsInParts, streamsThroughAClient } from './suites/streams-in.mjs'

runSuite(streamsIn)
runSuite(streamsInParts, { engines: nativeEngines })
runSuite(kindsOfStreamsInParts, { engines: [native], servers: [anyServer] })
runSuite(streamsThroughAClient, { engines: [delegated], servers: [anyServer] })
