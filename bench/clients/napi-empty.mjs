// A floor: what it costs to call Rust and hear of it, with napi's own way, `async fn` on its multi-threaded runtime.
import { createRequire } from 'node:module'
import { sizeIn } from './index.mjs'
import { floorAddon } from '../floor/path.mjs'

/** @returns {import('./index.mjs').Client} */
export function open() {
  const { empty } = createRequire(import.meta.url)(floorAddon)
  return {
    async get(key) {
      await empty()
      return { byteLength: sizeIn(key) }
    },
  }
}
