import { nativeEngines } from './support/engines.mjs'
import { runScripted } from './support/scripted.mjs'
import { nativeRequests, requests } from './suites/requests.mjs'

runScripted(requests)
runScripted(nativeRequests, { engines: nativeEngines })
