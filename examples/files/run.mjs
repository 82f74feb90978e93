// A tour with a file of 12 MB on the bucket that S3_BUCKET names. With `open`: serves the page, until Ctrl+C.
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeyExistsError } from 's3-store-native'
import { folder, store, tidyUp } from '../support/bucket.mjs'
import { page, serve } from '../support/web.mjs'
import { download, files, linkToDownload, linkToUpload, list, upload } from './files.mjs'

if (process.argv[2] === 'open') {
  const pages = await page(new URL('page/', import.meta.url))
  const { url } = await serve([files(store, 'files/'), pages], { port: Number(process.argv[3] ?? 0) })
  console.log(`Open ${url}. Ctrl+C ends it.`)
} else {
  const directory = await mkdtemp(join(tmpdir(), 's3-store-example-'))
  await tour(join(directory, 'video.bin'), join(directory, 'copy.bin'))
  await rm(directory, { recursive: true })
  await tidyUp()
}

/** @param {string} file @param {string} copy */
async function tour(file, copy) {
  await writeFile(file, Buffer.alloc(12_000_000, 'all work and no play '))
  const key = `${folder}videos/play.bin`
  const contentType = 'application/octet-stream'

  await upload(store, key, file, { contentType, onProgress: quarters('up') })
  const again = await upload(store, key, file, { contentType }).catch((error) => error)
  if (!(again instanceof KeyExistsError)) throw again
  console.log(
    'A second upload was refused: there is one already. (Its parts were sent all the same: `exists` tells before.)',
  )

  await download(store, key, copy, { onProgress: quarters('down') })
  const [sent, received] = await Promise.all([file, copy].map(async (path) => digest(await readFile(path))))
  console.log(`What came down is ${sent === received ? 'what went up' : 'something else'}.`)

  // As somebody without credentials would: the requests are whole.
  const link = await linkToUpload(store, `${folder}note.txt`, 'text/plain')
  const put = () => fetch(link.url, { method: link.method, headers: link.headers, body: 'by a link' })
  console.log(`By a link to upload: ${(await put()).status}, and once more: ${(await put()).status}.`)
  const { status } = await store.resolveWrite(`${folder}note.txt`, link.writeId)
  console.log(`The upload has ${status}.`)
  const { url } = await linkToDownload(store, `${folder}note.txt`, 'Notiz für dich.txt')
  const response = await fetch(url)
  console.log(`By a link to download: "${await response.text()}", as ${response.headers.get('content-disposition')}.`)

  const listed = await list(store, folder)
  console.log(
    `Here are ${listed.files.map(({ name, size }) => `${name} (${size} bytes)`)} and the folder ${listed.folders}.`,
  )
  console.log('To upload from a browser: npm run example files open')
}

/** Prints each quarter once. @param {string} way @returns {import('./files.mjs').OnProgress} */
function quarters(way) {
  let printed = 0
  return ({ loaded, total }) => {
    const quarter = Math.floor((4 * loaded) / (total ?? Infinity))
    if (quarter > printed) console.log(`${quarter * 25} % ${way}`)
    printed = quarter
  }
}

/** @param {Uint8Array} bytes */
function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
