import { nativeEngines } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { presign } from './suites/presign.mjs'

runSuite(presign, { engines: nativeEngines })
