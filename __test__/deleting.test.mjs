import { native } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { runScripted } from './support/scripted.mjs'
import { deleting, deletingAnswers, deletingMany } from './suites/deleting.mjs'

runSuite(deleting)
runSuite(deletingMany, { engines: [native] })
runScripted(deletingAnswers)
