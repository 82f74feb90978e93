import { join } from 'node:path'
import { cache, root } from '../../scripts/run.mjs'

export const bench = join(root, 'bench')

/** What a run leaves that is not committed. */
export const benchCache = join(cache, 'bench')
