import { runSuite } from './support/matrix.mjs'
import { readOptions } from './suites/read-options.mjs'

runSuite(readOptions)
