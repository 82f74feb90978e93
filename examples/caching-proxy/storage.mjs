// What the proxy keeps: in memory, and on the disk what had to leave memory or is too large for it. Once a tier has more than so many
// bytes, what was used least lately leaves it first.
import { createWriteStream, mkdtempSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/**
 * @typedef {object} Entry
 * @property {string} key
 * @property {string} etag
 * @property {Record<string, string>} headers
 * @property {number} size in bytes
 * @property {number} asked when S3 was asked whether it is like this, by `performance.now()`
 * @property {Buffer} [body] while it is in memory
 * @property {string} [file] while it is on the disk
 */

/** What an entry takes beside its body: its key, its headers, and what the tier knows of it. About so many bytes. */
const ENTRY = 1024

export class Storage {
  #memory
  #disk
  #folder
  #files = 0

  /** @param {number} memory in bytes @param {{ folder: string, bytes: number }} [disk] the folder gets one of this storage's own */
  constructor(memory, disk) {
    this.#memory = new Lru(memory)
    this.#disk = new Lru(disk?.bytes ?? -1)
    this.#folder = disk ? mkdtempSync(join(disk.folder, 'caching-proxy-')) : ''
  }

  /** @param {string} key */
  get(key) {
    return this.#memory.get(key) ?? this.#disk.get(key)
  }

  /** Whether anything as large is kept at all. @param {number} size in bytes */
  takes(size) {
    return this.#memory.takes(size) || this.#disk.takes(size)
  }

  /**
   * Reads a body whole, and keeps it in place of what was kept. Where the disk is full, or gone, the entry has neither body nor
   * file afterwards, and isn't kept.
   * @param {Entry} entry
   * @param {import('s3-store-native').GetResult} got
   */
  async keep(entry, got) {
    if (this.#memory.takes(entry.size)) entry.body = Buffer.from(await got.asByteArray())
    else entry.file = await this.#write(got)
    const other = this.get(entry.key)
    const leaving = other && this.forget(other)
    if (entry.body) await this.#toMemory(entry)
    else if (entry.file) await this.#toDisk(entry)
    await leaving
  }

  /** @param {Entry} entry */
  async forget(entry) {
    for (const tier of [this.#memory, this.#disk]) if (tier.get(entry.key) === entry) tier.delete(entry.key)
    if (entry.file) await remove(entry.file)
  }

  /** The body; nothing where its file had to go by now. @param {Entry} entry */
  async bodyOf(entry) {
    if (entry.body || !entry.file) return entry.body
    try {
      return (await open(entry.file)).createReadStream()
    } catch (error) {
      if (Object(error).code !== 'ENOENT') throw error
      return this.forget(entry)
    }
  }

  /** Gives up what is on the disk. */
  async close() {
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true })
  }

  /** What has to leave for it goes to the disk, as far as that takes it. @param {Entry} entry */
  async #toMemory(entry) {
    for (const gone of this.#memory.set(entry)) {
      if (!gone.body || !this.#disk.takes(gone.size)) continue
      gone.file = await this.#write([gone.body])
      if (!gone.file) continue
      gone.body = undefined
      // Somebody may have wanted it meanwhile.
      await (this.get(gone.key) ? this.forget(gone) : this.#toDisk(gone))
    }
  }

  /** @param {Entry} entry */
  async #toDisk(entry) {
    for (const gone of this.#disk.set(entry)) await this.forget(gone)
  }

  /**
   * @param {Iterable<Uint8Array> | AsyncIterable<Uint8Array>} body
   * @returns a file of its own; nothing where the disk doesn't take it
   * @throws what the body throws
   */
  async #write(body) {
    const file = join(this.#folder, String((this.#files += 1)))
    let broken = false
    async function* source() {
      try {
        yield* body
      } catch (error) {
        broken = true
        throw error
      }
    }
    try {
      await pipeline(source, createWriteStream(file))
      return file
    } catch (error) {
      await remove(file)
      if (broken) throw error
      return undefined
    }
  }
}

/** What can't be removed now is left to `close`. @param {string} file */
async function remove(file) {
  await rm(file, { force: true }).catch(() => {})
}

class Lru {
  /** @type {Map<string, Entry>} in the order of their last use: a map keeps that of insertion */
  #entries = new Map()
  #limit
  #bytes = 0

  /** @param {number} limit in bytes */
  constructor(limit) {
    this.#limit = limit
  }

  /** @param {number} size */
  takes(size) {
    return size + ENTRY <= this.#limit
  }

  /** @param {string} key */
  get(key) {
    const entry = this.delete(key)
    if (entry) this.set(entry)
    return entry
  }

  /** Keeps one, and gives those that had to go for it. @param {Entry} entry */
  set(entry) {
    this.delete(entry.key)
    this.#entries.set(entry.key, entry)
    this.#bytes += entry.size + ENTRY
    const gone = []
    for (const oldest of this.#entries.values()) {
      if (this.#bytes <= this.#limit) break
      this.delete(oldest.key)
      gone.push(oldest)
    }
    return gone
  }

  /** @param {string} key */
  delete(key) {
    const entry = this.#entries.get(key)
    if (entry) this.#bytes -= entry.size + ENTRY
    this.#entries.delete(key)
    return entry
  }
}
