import { runSuite } from './support/matrix.mjs'
import { conditions } from './suites/conditions.mjs'

runSuite(conditions)
