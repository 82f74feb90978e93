import { nativeEngines } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { readOptions } from './suites/read-options.mjs'
import { nativeReading, reading } from './suites/reading.mjs'

runSuite(reading)
runSuite(nativeReading, { engines: nativeEngines })
runSuite(readOptions)
