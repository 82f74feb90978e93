import { delegated, nativeEngines } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { runScripted } from './support/scripted.mjs'
import { clientUpdateAnswers, updateAnswers } from './suites/update-answers.mjs'
import { update } from './suites/update.mjs'

runSuite(update)
runScripted(updateAnswers, { engines: nativeEngines })
runScripted(clientUpdateAnswers, { engines: [delegated] })
