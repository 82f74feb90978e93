import { nativeEngines } from './support/engines.mjs'
import { runScripted } from './support/scripted.mjs'
import { mappedErrors, nativeErrors } from './suites/mapped-errors.mjs'

runScripted(mappedErrors)
runScripted(nativeErrors, { engines: nativeEngines })
