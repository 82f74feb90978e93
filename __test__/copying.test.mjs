import { delegated, nativeEngines } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { runScripted } from './support/scripted.mjs'
import { servers } from './support/servers.mjs'
import { copyingByParts, partCopyAnswers, partCopyChecksums } from './suites/copying-by-parts.mjs'
import { copyAnswers, copying, delegatedCopies, ignoredCopies } from './suites/copying.mjs'

const ignoring = new Set(['minio', 'versitygw'])

runSuite(copying, { engines: nativeEngines, servers: servers.filter(({ name }) => !ignoring.has(name)) })
runSuite(ignoredCopies, { engines: nativeEngines, servers: servers.filter(({ name }) => ignoring.has(name)) })
runSuite(copyingByParts, { engines: nativeEngines })
runSuite(partCopyChecksums, { engines: nativeEngines, servers: servers.filter(({ name }) => !ignoring.has(name)) })
runScripted(copyAnswers, { engines: nativeEngines })
runScripted(partCopyAnswers, { engines: nativeEngines })
runScripted(delegatedCopies, { engines: [delegated] })
