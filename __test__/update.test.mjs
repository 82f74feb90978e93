import { runSuite } from './support/matrix.mjs'
import { update } from './suites/update.mjs'

runSuite(update)
