// The page: it uploads straight to the store, by a link, and shows what is there.
import { upload } from './upload.mjs'

const form = element('form', HTMLFormElement)
const input = element('file', HTMLInputElement)
const bar = element('progress', HTMLProgressElement)
const button = element('upload', HTMLButtonElement)

/** @satisfies {Record<string, (name: string) => string>} */
const words = {
  created: (name) => `Uploaded ${name}.`,
  refused: (name) => `Refused: there is a ${name} already. It was left as it is.`,
  unknown: (name) =>
    `No answer: ${name} may have been uploaded, or be yet. Look whether it is there before you try again.`,
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const file = input.files?.[0]
  if (!file) return
  button.disabled = true
  bar.hidden = false
  say(`Uploading ${file.name} …`)
  try {
    const outcome = await upload(file, { ask, send: (link) => send(link, file) })
    say(words[outcome](file.name))
  } catch (error) {
    say(`Not uploaded: ${messageOf(error)}`)
  }
  await show().catch(() => {})
  button.disabled = false
  bar.hidden = true
})
await show().catch((error) => say(messageOf(error)))

/**
 * fetch has no progress of what is sent.
 * @param {import('./upload.mjs').Link} link
 * @param {File} file
 * @returns {Promise<number | undefined>}
 */
function send({ method, url, headers }, file) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open(method, url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      bar.max = total
      bar.value = loaded
    })
    request.addEventListener('loadend', () => resolve(request.status || undefined))
    request.send(file)
  })
}

async function show() {
  const { files } = await ask('GET', '/files')
  const rows = files.map((/** @type {{ name: string, size: number, modified: string }} */ { name, size, modified }) => {
    const row = document.createElement('tr')
    const link = document.createElement('a')
    link.href = `/download?${new URLSearchParams({ name })}`
    link.textContent = name
    row.insertCell().append(link)
    row.insertCell().append(`${size.toLocaleString()} bytes`)
    row.insertCell().append(new Date(modified).toLocaleString())
    return row
  })
  element('files', HTMLTableSectionElement).replaceChildren(...rows)
}

/** @type {import('./upload.mjs').Ask} */
async function ask(method, path, body) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(path, {
    method,
    cache: 'no-store',
    ...(body && { headers, body: JSON.stringify(body) }),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}

/** @param {string} message */
function say(message) {
  element('state', HTMLElement).textContent = message
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error)
}

/**
 * @template T
 * @param {string} id
 * @param {new () => T} Type
 * @returns {T}
 */
function element(id, Type) {
  const found = document.getElementById(id)
  if (!(found instanceof Type)) throw new Error(`There is no ${id}.`)
  return found
}
