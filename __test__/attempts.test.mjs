import { nativeEngines } from './support/engines.mjs'
import { runScripted } from './support/scripted.mjs'
import { attempts, nativeAttempts } from './suites/attempts.mjs'

runScripted(attempts)
runScripted(nativeAttempts, { engines: nativeEngines })
