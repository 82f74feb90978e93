// Where a page keeps work that isn't saved: in the browser, so that it is there again after a reload, a crash, or when the page is opened
// anew. Each page has a draft of its own; one whose page is gone is taken over by the next that opens the document.

/** @typedef {{ base: string, text: string, id: string }} Edit */
/** @typedef {{ base: string, text: string, unheard?: Edit | undefined }} Work `unheard`: what was sent to be saved, of which nothing was heard */

/** How long a page that was reloaded waits for its former self to be gone. */
const PATIENCE_MS = 3000

export class Draft {
  #slot

  /** @param {string} slot */
  constructor(slot) {
    this.#slot = slot
  }

  /** The draft of this page. @param {string} name the document's */
  static async claim(name) {
    const prefix = `draft/${name}/`
    // Of the tab: it survives a reload.
    const own = sessionStorage.getItem(prefix)
    const left = Object.keys(localStorage).filter((slot) => slot.startsWith(prefix) && slot !== own)
    const slots = own && localStorage.getItem(own) !== null ? [own, ...left] : left
    let slot = prefix + crypto.randomUUID()
    for (const candidate of slots) {
      // Asked for once: whoever waits for the lock of another page would hang.
      if (!(await hold(candidate, candidate === own))) continue
      slot = candidate
      break
    }
    if (!slots.includes(slot)) await hold(slot, true)
    sessionStorage.setItem(prefix, slot)
    return new Draft(slot)
  }

  /** @returns {Work | undefined} */
  get work() {
    return JSON.parse(localStorage.getItem(this.#slot) ?? 'null') ?? undefined
  }

  /** @param {Work | undefined} work undefined: all is saved */
  set work(work) {
    if (work) localStorage.setItem(this.#slot, JSON.stringify(work))
    else localStorage.removeItem(this.#slot)
  }
}

/**
 * Takes a lock that ends with this page.
 * @param {string} slot
 * @param {boolean} patient whether to wait for it
 * @returns {Promise<boolean>} whether it was had
 */
function hold(slot, patient) {
  return new Promise((resolve) => {
    const options = patient ? { signal: AbortSignal.timeout(PATIENCE_MS) } : { ifAvailable: true }
    navigator.locks
      .request(slot, options, async (lock) => {
        resolve(lock !== null)
        if (lock) await new Promise(() => {})
      })
      .catch(() => resolve(false))
  })
}
