// Where the floor's addon goes. Without imports of the scripts: a measured process loads this.
import { fileURLToPath } from 'node:url'

export const floorAddon = fileURLToPath(new URL('../../.cache/bench/floor.node', import.meta.url))
