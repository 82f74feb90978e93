import { runSuite } from './support/matrix.mjs'
import { keys } from './suites/keys.mjs'

runSuite(keys)
