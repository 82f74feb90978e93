import { native, nativeEngines } from './support/engines.mjs'
import { runScripted } from './support/scripted.mjs'
import { nativeSignals, signals, timeouts } from './suites/control.mjs'
import { abortedBodies, manyAborted } from './suites/control-bodies.mjs'

runScripted(signals)
runScripted(timeouts)
runScripted(nativeSignals, { engines: nativeEngines })
runScripted(abortedBodies, { engines: nativeEngines })
runScripted(manyAborted, { engines: [native] })
