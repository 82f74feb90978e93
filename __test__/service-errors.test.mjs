import { runSuite } from './support/matrix.mjs'
import { serviceErrors } from './suites/service-errors.mjs'

runSuite(serviceErrors)
