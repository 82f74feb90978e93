// Runs a server as a child and ends it when this process's standard input ends. The pipe behind it closes however the parent
// goes, killed outright too, so no server outlives the script that started it; nor does its data folder.
// Usage: node guard.mjs <data folder> <command> <arguments …>
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'

const KILL_AFTER_MS = 5000

const [folder, command, ...args] = process.argv.slice(2)
const server = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })

server.once('error', (error) => {
  console.error(`${command} could not be started: ${error.message}`)
  finish(1)
})
server.once('exit', (code) => finish(code ?? 0))

process.stdin.once('end', stop).once('error', stop).resume()
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.once(signal, stop)

function stop() {
  server.kill('SIGTERM')
  setTimeout(() => server.kill('SIGKILL'), KILL_AFTER_MS).unref()
}

/** @param {number} code */
function finish(code) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  process.exit(code)
}
