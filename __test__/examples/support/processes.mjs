// Programs that run beside a test, say what they do in lines of JSON, and are frozen, woken and killed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { environment } from '../../support/child.mjs'
import { waitFor } from '../../support/wait.mjs'

export class Process {
  #child
  #stderr = ''
  /** What it has said. */
  lines = []

  /**
   * @param {string} program of this folder
   * @param {string[]} args
   * @param {{ endpoint: string }} server where it finds S3
   * @param {string[]} [command] what runs it
   */
  constructor(program, args, server, command = [process.execPath]) {
    const file = fileURLToPath(new URL(program, import.meta.url))
    const [name, ...before] = command
    // The end of its standard input is the word to stop, if this process dies.
    this.#child = spawn(name, [...before, file, ...args], { env: environment(server), stdio: 'pipe' })
    this.#child.stdin.on('error', () => {})
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.#stderr += text))
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.lines.push(JSON.parse(line)))
  }

  get pid() {
    return this.#child.pid
  }

  /** Waits until it has said a line that is as wanted, and gives it. Fails when it ends by itself. */
  said(isWanted, what) {
    return waitFor(
      () => {
        const line = this.lines.find(isWanted)
        if (!line && this.#child.exitCode !== null) throw new Error(`it ended before ${what}: ${this.#stderr}`)
        return line
      },
      what,
      60_000,
    )
  }

  freeze = () => this.#child.kill('SIGSTOP')
  wake = () => this.#child.kill('SIGCONT')

  async kill() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    // One that is frozen dies of this, too.
    this.#child.kill('SIGKILL')
    await ended
  }
}
