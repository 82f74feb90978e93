import { runSuite } from './support/matrix.mjs'
import { json } from './suites/json.mjs'

runSuite(json)
