'use strict'

// Loads the addon, and says what to do where it can't be had.

const { version } = require('../../package.json')

/** @typedef {typeof import('../../native.cjs')} Binding */

const FLAGS = ['Start Node.js without --no-addons; with --permission, it needs --allow-addons.']

/**
 * @returns {Binding}
 * @throws {Error} with the code ERR_NATIVE_BINDING
 */
function loadBinding() {
  let binding
  try {
    binding = require('../../native.cjs')
  } catch (cause) {
    const reasons = causes(cause)
    // That a package is missing is but one thing that was tried, where the addon is there and something else stands against it.
    const real = reasons.find((reason) => !reason.startsWith('Cannot find'))
    const problem = `s3-store-native could not load its native addon for ${platform()}`
    const remedy = real?.includes('addons is disabled') ? FLAGS : remedies()
    const tried = ['What was tried:', ...reasons.map((reason) => `- ${reason}`)]
    throw bindingError(real ? `${problem}: ${real}` : `${problem}.`, [...remedy, ...tried], cause)
  }
  const found = binding.version()
  if (found !== version) {
    throw bindingError(`s3-store-native ${version} found its native addon in version ${found}.`, [
      `The two are published together: install ${packageName()}@${version}, or delete node_modules and install again.`,
    ])
  }
  return binding
}

function remedies() {
  const name = packageName()
  return [
    `The addon comes with the optional dependency ${name}. It is missing when`,
    '- optional dependencies were left out (npm install --omit=optional or --no-optional): install without that;',
    '- the lockfile was made on another platform, or node_modules was copied from one: delete both and install again,',
    `  or run: npm install ${name}@${version};`,
    '- the package was installed from git, which has no addons: install it from the registry, or build it with',
    '  npm run build;',
    '- there is none for this platform.',
  ]
}

/**
 * @param {string} problem
 * @param {string[]} remedy
 * @param {unknown} [cause]
 */
function bindingError(problem, remedy, cause) {
  const error = new Error([problem, ...remedy].join('\n'), cause === undefined ? undefined : { cause })
  return Object.assign(error, { code: 'ERR_NATIVE_BINDING', platform: platform(), package: packageName() })
}

/**
 * The generated loader keeps each failed try as the cause of the one after it.
 * @param {unknown} error
 */
function causes(error) {
  /** @type {string[]} */
  const reasons = []
  for (let next = error; next instanceof Error && reasons.length < 10; next = next.cause) {
    const [firstLine] = next.message.split('\n')
    // The loader tries WebAssembly at last. There is none, and to hear of it helps nobody.
    if (!reasons.includes(firstLine) && !firstLine.includes('wasi')) reasons.push(firstLine)
  }
  return reasons
}

/** The platform as the packages are named after it. */
function platform() {
  const name = `${process.platform}-${process.arch}`
  if (process.platform === 'win32') return `${name}-msvc`
  return process.platform === 'linux' ? `${name}-${libc()}` : name
}

function packageName() {
  return `@s3-store-native/binding-${platform()}`
}

function libc() {
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
  return report.header?.glibcVersionRuntime ? 'gnu' : 'musl'
}

module.exports = { loadBinding }
