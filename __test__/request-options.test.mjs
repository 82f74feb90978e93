import { runScripted } from './support/scripted.mjs'
import { requestOptions } from './suites/request-options.mjs'

runScripted(requestOptions)
