import { native, nativeEngines } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { runScripted } from './support/scripted.mjs'
import { servers } from './support/servers.mjs'
import { cleanUp, ignoredDeletes, lyingServer } from './suites/verification.mjs'

runScripted(lyingServer, { engines: nativeEngines })
runSuite(ignoredDeletes, { engines: nativeEngines, servers: servers.filter(({ name }) => name === 'minio') })
runSuite(cleanUp, { engines: [native] })
