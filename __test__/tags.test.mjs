import { runSuite } from './support/matrix.mjs'
import { tags } from './suites/tags.mjs'

runSuite(tags)
