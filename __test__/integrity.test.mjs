// Checksums, on real servers, and with answers of which the bytes are not what they should be.
import { nativeEngines } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { runScripted } from './support/scripted.mjs'
import { servers } from './support/servers.mjs'
import { copiedIntegrity, damage, integrity, nativeIntegrity } from './suites/integrity.mjs'

runSuite(integrity)
runSuite(nativeIntegrity, { engines: nativeEngines })
runSuite(copiedIntegrity, { engines: nativeEngines, servers: servers.filter(({ name }) => name === 'dev-server') })
runScripted(damage, { engines: nativeEngines })
