// The page. What is in the text area was made of `base`, a text that was saved: both go to the server to be saved, and until they are, both
// are in the draft.
import { Draft } from './draft.mjs'

/** @typedef {{ etag?: string, text: string }} Version */
/** @typedef {import('./draft.mjs').Edit} Edit */
/** @typedef {{ mine: string[], base: string[], theirs: string[] }} Touching */
/** @typedef {{ current: Version, parts: (string[] | Touching)[] }} Question */

const POLL_MS = 2000

const name = location.pathname.slice(1) || 'notes'
const address = `/documents/${name}`
const area = element('text', HTMLTextAreaElement)
const save = element('save', HTMLButtonElement)
const decide = element('decide', HTMLFormElement)
const choices = element('touching', HTMLElement)

/** @type {string | undefined} */
let base
/** @type {Version | undefined} the newest that is known to be there */
let seen
/** @type {Edit | undefined} what was sent, and may have been saved or not: it is sent again as it was, by its id, before anything else */
let unheard
/** @type {Question | undefined} what waits for a decision */
let question
let saving = false
let saves = 0
let isKept = true

element('name', HTMLElement).textContent = name
const draft = await Draft.claim(name)
const left = draft.work
if (left) {
  unheard = left.unheard
  begin(left.base, left.text)
  say('Your work is back. It isn’t saved yet.')
}

area.addEventListener('input', () => {
  keep()
  say(isDirty() ? 'Not saved yet, but kept in this browser.' : '')
})
addEventListener('keydown', (event) => {
  if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return
  event.preventDefault()
  void saveNow()
})
addEventListener('beforeunload', (event) => {
  if (!isKept) event.preventDefault()
})
addEventListener('focus', look)
save.addEventListener('click', saveNow)
decide.addEventListener('submit', decided)
element('later', HTMLButtonElement).addEventListener('click', () => {
  close()
  area.focus()
})
void poll()

/** Looks again and again while somebody looks at it. */
async function poll() {
  if (document.visibilityState === 'visible') await look()
  setTimeout(poll, POLL_MS * (0.75 + Math.random() / 2))
}

/** Shows what others have saved, where nothing is lost by that. */
async function look() {
  if (saving || question) return
  const before = saves
  try {
    const headers = seen?.etag ? { 'if-none-match': seen.etag } : undefined
    const response = await fetch(address, { cache: 'no-store', headers })
    if (response.status !== 304) take(await answerOf(response), before)
  } catch (error) {
    say(`Others’ changes can’t be seen now: ${messageOf(error)}`)
  }
}

/** @param {Version} version @param {number} before how many saves there had been when it was asked for: an answer can be late */
function take(version, before) {
  if (before !== saves) return
  seen = version
  if (!isDirty()) begin(version.text, version.text)
  else if (version.text !== base) say('Somebody else has saved. Their changes are merged in when you save.')
}

async function saveNow() {
  if (base === undefined || saving || question || !isDirty()) return
  saving = true
  saves += 1
  try {
    const isAgain = unheard !== undefined
    await send(unheard ?? edited())
    // What was typed since then is made of that.
    if (isAgain && !question && isDirty()) await send(edited())
  } catch (error) {
    say(`Not saved, but kept in this browser: ${messageOf(error)} Save it again.`)
  }
  saving = false
}

/** @returns {Edit} */
function edited() {
  return { base: base ?? '', text: area.value, id: crypto.randomUUID() }
}

/** @param {Edit} edit */
async function send(edit) {
  unheard = edit
  keep()
  say('Saving …')
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(edit),
  })
  if (response.ok) return saved(await answerOf(response), edit)
  if (response.status < 500) {
    // Refused: that it wasn't saved is known.
    unheard = undefined
    keep()
  }
  if (response.status === 409) ask(await response.json(), edit)
  else await answerOf(response)
}

/** @param {Version} version @param {Edit} edit */
function saved(version, edit) {
  unheard = undefined
  if (area.value === edit.text) {
    seen = version
    begin(version.text, version.text)
    return say(version.text === edit.text ? 'Saved.' : 'Saved, and merged with what others have changed.')
  }
  // Somebody typed on: that was made of what was sent. What came of it is seen at the next look.
  seen = undefined
  base = edit.text
  keep()
  say('Saved; what you have typed since isn’t yet.')
}

/** @param {Question} asked @param {Edit} edit */
function ask(asked, edit) {
  // Somebody typed on: what is asked would be of the past.
  if (area.value !== edit.text) return say('Not saved yet, but kept in this browser. Save it again.')
  question = asked
  const touching = asked.parts.flatMap((part) => (Array.isArray(part) ? [] : [part]))
  choices.replaceChildren(...touching.map((part, number) => choice(part, number + 1, touching.length)))
  area.readOnly = true
  decide.hidden = false
  element('question', HTMLElement).focus()
  say('Not saved yet: somebody else has edited the same lines.')
}

/** Both versions side by side. @param {Touching} part @param {number} number @param {number} count */
function choice({ mine, theirs }, number, count) {
  const fields = /** @type {DocumentFragment} */ (element('choice', HTMLTemplateElement).content.cloneNode(true))
  for (const input of fields.querySelectorAll('input')) input.name = `part${number}`
  const texts = [`Place ${number} of ${count}`, mine.join('\n') || '(nothing)', theirs.join('\n') || '(nothing)']
  for (const [index, place] of fields.querySelectorAll('legend, pre').entries()) place.textContent = texts[index] ?? ''
  return fields
}

/** @param {Event} event */
function decided(event) {
  event.preventDefault()
  if (!question) return
  const { current, parts } = question
  const chosen = new FormData(decide)
  let number = 0
  const lines = parts.flatMap((part) => {
    if (Array.isArray(part)) return part
    const which = chosen.get(`part${(number += 1)}`)
    return [...(which === 'theirs' ? [] : part.mine), ...(which === 'mine' ? [] : part.theirs)]
  })
  close()
  seen = current
  begin(current.text, lines.join('\n'))
  if (isDirty()) void saveNow()
  else say('Theirs stays. There is nothing to save.')
}

function close() {
  question = undefined
  decide.hidden = true
  area.readOnly = false
}

/** @param {string} from the text that was saved @param {string} text what was made of it */
function begin(from, text) {
  base = from
  if (area.value !== text) {
    const { selectionStart, selectionEnd } = area
    area.value = text
    area.setSelectionRange(selectionStart, selectionEnd)
  }
  area.disabled = false
  keep()
}

function isDirty() {
  return base !== undefined && (area.value !== base || unheard !== undefined)
}

function keep() {
  const work = base !== undefined && isDirty() ? { base, text: area.value, unheard } : undefined
  try {
    draft.work = work
    isKept = true
  } catch {
    // The browser's storage is full, or forbidden: leaving the page asks then.
    isKept = work === undefined
  }
  save.disabled = !work
  document.title = work ? `• ${name}` : name
}

/** @param {string} message */
function say(message) {
  element('state', HTMLElement).textContent = isKept
    ? message
    : `${message} This browser can’t keep it: save before you leave.`
}

/** @param {Response} response */
async function answerOf(response) {
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
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
