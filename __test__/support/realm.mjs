// Loads a CommonJS module of the package into a realm of its own, as jest does: with the language's globals, those given, and
// no others.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { compileFunction, createContext } from 'node:vm'

/**
 * @param {string} path from the root of the package
 * @param {object} globals
 */
export function loadInRealm(path, globals) {
  const parsingContext = createContext({ ...globals })
  const loaded = new Map()
  const load = (file) => {
    if (loaded.has(file)) return loaded.get(file).exports
    const module = { exports: {} }
    loaded.set(file, module)
    const source = readFileSync(file, 'utf8')
    if (file.endsWith('.json')) return (module.exports = JSON.parse(source))
    const outer = createRequire(file)
    const inner = (id) => (/^\..*(?<!native\.cjs)$/.test(id) ? load(outer.resolve(id)) : outer(id))
    const run = compileFunction(source, ['module', 'exports', 'require'], { filename: file, parsingContext })
    run(module, module.exports, inner)
    return module.exports
  }
  return load(fileURLToPath(new URL(`../../${path}`, import.meta.url)))
}
