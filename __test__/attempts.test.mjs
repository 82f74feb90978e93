import { delegated, nativeEngines } from './support/engines.mjs'
import { runScripted } from './support/scripted.mjs'
import { attempts, clientAttempts, nativeAttempts } from './suites/attempts.mjs'

runScripted(attempts)
runScripted(clientAttempts, { engines: [delegated] })
runScripted(nativeAttempts, { engines: nativeEngines })
