// Runs a server as a child and ends it when this process's standard input ends. The pipe behind it closes however the parent
// goes, killed outright too, so no server outlives the script that started it; nor does its data folder.
// The words `kill` and `start` on that input end the server outright, with SIGKILL, and start it again over the same data.
// Usage: node guard.mjs <data folder> <command> <arguments …>
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

const KILL_AFTER_MS = 5000

const [folder, command, ...args] = process.argv.slice(2)
/** @type {import('node:child_process').ChildProcess | undefined} */
let server
/** Whether it is to run, and whether its end is on its way because of a word. */
let wanted = false
let killed = false
let stopping = false

start()
createInterface({ input: process.stdin }).on('line', obey)
process.stdin.once('end', stop).once('error', stop)
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.once(signal, stop)

/** @param {string} word */
function obey(word) {
  if (stopping) return
  if (word === 'start') start()
  if (word === 'kill') {
    wanted = false
    killed = server !== undefined
    server?.kill('SIGKILL')
  }
}

function start() {
  wanted = true
  // One that was killed may not have ended yet, and has the port.
  if (server) return
  server = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  server.once('error', (error) => {
    console.error(`${command} could not be started: ${error.message}`)
    finish(1)
  })
  server.once('exit', (code) => {
    server = undefined
    if (stopping || !killed) finish(code ?? 0)
    killed = false
    if (wanted) start()
  })
}

function stop() {
  stopping = true
  if (!server) finish(0)
  server?.kill('SIGTERM')
  setTimeout(() => server?.kill('SIGKILL'), KILL_AFTER_MS).unref()
}

/** @param {number} code */
function finish(code) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  process.exit(code)
}
