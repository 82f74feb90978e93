// Bodies that are written in parts: the least of them, as S3 takes no smaller parts than 5 MiB.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'

const partSize = 5 * 1024 * 1024
/** The part that all such bodies have. */
export const firstPart = Buffer.alloc(partSize, 'first')

const md5 = (...bytes) => bytes.reduce((hash, some) => hash.update(some), createHash('md5')).digest()

const firstDigest = md5(firstPart)

/** A stream of two parts, of which the second is `text`, with the options to write it and the tag that S3 gives the object. */
export function inParts(text) {
  const body = Readable.from([firstPart, Buffer.from(text)], { objectMode: false })
  return { body, options: { partSize }, etag: `"${md5(firstDigest, md5(text)).toString('hex')}-2"` }
}

/** The same bytes as a Blob, which can be read again. */
export const blobInParts = (text) => new Blob([firstPart, text])
