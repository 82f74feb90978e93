import { native } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { anyServer } from './support/servers.mjs'
import { bodies, bodiesThatChange, largeBodies } from './suites/bodies.mjs'

runSuite(bodies)
runSuite(bodiesThatChange, { servers: [anyServer] })
runSuite(largeBodies, { engines: [native], servers: [anyServer] })
