import { runSuite } from './support/matrix.mjs'
import { races } from './suites/races.mjs'

runSuite(races)
