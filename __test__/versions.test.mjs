import { runSuite } from './support/matrix.mjs'
import { runScripted } from './support/scripted.mjs'
import { versions, versionsAnswers } from './suites/versions.mjs'

runSuite(versions)
runScripted(versionsAnswers)
