import { runSuite } from './support/matrix.mjs'
import { writeOptions } from './suites/write-options.mjs'

runSuite(writeOptions)
