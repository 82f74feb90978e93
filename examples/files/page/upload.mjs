// An upload by a link, without the page: what to make of an answer, or of none.

/** @typedef {{ method: string, url: string, headers: Record<string, string>, writeId: string }} Link */
/** @typedef {(link: Link) => Promise<number | undefined>} Send makes the request; gives its status, undefined where there was no answer */
/** @typedef {(method: string, path: string, body?: object) => Promise<any>} Ask asks the server that makes the links */

const ATTEMPTS = 5
/** Before the second attempt; twice as long before each that comes after. */
const PAUSE_MS = 200

/**
 * Creates a file, and never overwrites one.
 * @param {{ name: string, type: string }} file
 * @param {{ send: Send, ask: Ask }} by
 * @returns {Promise<'created' | 'refused' | 'unknown'>} refused: somebody else has created it; unknown: neither the store nor the server
 * answers, and it may be there, or come to be yet
 * @throws where it wasn't created
 */
export async function upload({ name, type }, { send, ask }) {
  const link = await ask('POST', '/files', { name, type })
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (attempt > 1) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** (attempt - 2)))
    const status = await send(link)
    if (status === 200) return 'created'
    // No answer, or a refusal that may be for a file that this very upload has created before: who has, the server finds out.
    const path = `/landed?${new URLSearchParams({ name, writeId: link.writeId })}`
    const landed = await ask('GET', path).then(
      (answer) => answer.landed,
      () => undefined,
    )
    if (landed) return 'created'
    if (landed === undefined) continue
    if (status === 412) return 'refused'
    if (status !== undefined && status < 500 && status !== 409) throw new Error(`The store answered ${status}.`)
  }
  return 'unknown'
}
