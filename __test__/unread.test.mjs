import { native, nativeEngines } from './support/engines.mjs'
import { runSuite } from './support/matrix.mjs'
import { runScripted } from './support/scripted.mjs'
import { anyServer } from './support/servers.mjs'
import { manyUnread, resumption, unread } from './suites/unread.mjs'

runSuite(unread, { engines: nativeEngines })
runSuite(manyUnread, { engines: [native], servers: [anyServer] })
runScripted(resumption, { engines: [native] })
