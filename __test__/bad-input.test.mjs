import { runScripted } from './support/scripted.mjs'
import { badInput } from './suites/bad-input.mjs'

runScripted(badInput)
