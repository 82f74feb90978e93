import { delegated, nativeEngines } from './support/engines.mjs'
import { runScripted } from './support/scripted.mjs'
import { delegatedOutcomes, outcomes } from './suites/outcomes.mjs'

runScripted(outcomes, { engines: nativeEngines })
runScripted(delegatedOutcomes, { engines: [delegated] })
