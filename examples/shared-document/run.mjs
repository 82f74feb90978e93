// Two people edit one document on the bucket that S3_BUCKET names. With `open`: serves the page, for as many as like, until Ctrl+C.
import { folder, store, tidyUp } from '../support/bucket.mjs'
import { page, serve } from '../support/web.mjs'
import { documents, SharedDocument, TouchingEditsError } from './shared-document.mjs'

const pages = await page(new URL('page/', import.meta.url))

if (process.argv[2] === 'open') {
  const { url } = await serve([documents(store, 'documents/'), pages], { port: Number(process.argv[3] ?? 0) })
  console.log(`Open ${url}/notes in two windows. Ctrl+C ends it.`)
} else {
  const server = await serve([documents(store, folder), pages])
  console.log(`Two people open ${server.url}/notes. (To see the page: npm run example shared-document open)`)
  await tell(new SharedDocument(store, `${folder}notes.json`))
  await server.close()
  await tidyUp()
}

/** What the page does, by its words. @param {SharedDocument} document */
async function tell(document) {
  const start = await document.save({ base: '', text: 'Bread\nMilk\nApples\n' })
  console.log(`\nBoth see:\n${indented(start.text)}`)

  const ada = await document.save({ base: start.text, text: 'Rye bread\nMilk\nApples\n' })
  console.log(`Ada writes rye bread, and saves.`)
  const grace = await document.save({ base: start.text, text: 'Bread\nMilk\nApples\nTea\n' })
  console.log(`Grace, who has not seen that, adds tea, and saves. It is merged:\n${indented(grace.text)}`)

  const seen = await document.read(ada.etag)
  console.log(
    `Ada's page looks whether something is new, and shows ${seen ? 'that' : 'nothing'}. Both go on from there.\n`,
  )

  await document.save({ base: grace.text, text: grace.text.replace('Milk', 'Oat milk') })
  console.log('Ada writes oat milk.')
  const mine = grace.text.replace('Milk', 'Two bottles of milk')
  const error = await document.save({ base: grace.text, text: mine }).catch((reason) => reason)
  if (!(error instanceof TouchingEditsError)) throw error
  const [touching] = error.parts.flatMap((part) => (Array.isArray(part) ? [] : [part]))
  console.log(
    `Grace writes "${touching?.mine}", and is asked: Ada has "${touching?.theirs}" there. Nothing was written.`,
  )

  const decided = await document.save({ base: error.current.text, text: mine.replace('of milk', 'of oat milk') })
  console.log(`She decides:\n${indented(decided.text)}`)
}

/** @param {string} text */
function indented(text) {
  return text.replaceAll(/^(?=.)/gm, '    ')
}
