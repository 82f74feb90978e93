import { runSuite } from './support/matrix.mjs'
import { content } from './suites/content.mjs'

runSuite(content)
