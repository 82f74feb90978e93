// `round-trip.mjs` on a system that has no certificate authorities, with a Node.js whose own list is the file named.
import { readFileSync } from 'node:fs'
import Module, { createRequire } from 'node:module'

const [, , , authorities] = process.argv
createRequire(import.meta.url)('../../native.cjs').hasSystemRoots = () => false

// The list itself can't be changed, so the module that has it is another one for whoever asks from now on.
const { require } = Module.prototype
Module.prototype.require = function (id) {
  return id === 'node:tls' ? { rootCertificates: [readFileSync(authorities, 'utf8')] } : require.call(this, id)
}

await import('./round-trip.mjs')
