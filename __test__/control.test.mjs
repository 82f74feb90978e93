import { delegated, native, nativeEngines, nativeSdk } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { runScripted } from './support/scripted.mjs'
import { close, closing, delegatedClose, nativeClose } from './suites/close.mjs'
import { apart, nativeSignals, signals, signedLinks, timeouts } from './suites/control.mjs'
import { abortedBodies, manyAborted } from './suites/control-bodies.mjs'

runScripted(signals)
runScripted(timeouts)
runScripted(apart)
runScripted(nativeSignals, { engines: nativeEngines })
runScripted(signedLinks, { engines: [native, nativeSdk] })
runScripted(abortedBodies, { engines: nativeEngines })
runScripted(manyAborted, { engines: [native] })
runScripted(close)
runScripted(nativeClose, { engines: nativeEngines })
runScripted(delegatedClose, { engines: [delegated] })
runSuite(closing)
