// A real browser, for the pages of examples.
import { chromium } from 'playwright-core'
import { findBrowser, missingBrowser } from '../../../scripts/browser.mjs'

/** Why there is none; `npm test` says it loudly, and fails of it where CI is set. */
export const noBrowser = missingBrowser()[0]?.reason

export class Browser {
  #browser
  /** What went wrong in a page, which nobody would see. @type {Error[]} */
  errors = []

  static async start() {
    const { executablePath, env } = await findBrowser()
    const browser = new Browser()
    browser.#browser = await chromium.launch({ executablePath, env: { ...process.env, ...env } })
    return browser
  }

  /** Somebody's browser: what one person's keeps, another's doesn't have. */
  async person() {
    const context = await this.#browser.newContext({ viewport: { width: 1000, height: 640 } })
    context.on('weberror', (error) => this.errors.push(error.error()))
    return context
  }

  /** Everybody goes. */
  async leave() {
    await Promise.all(this.#browser.contexts().map((context) => context.close()))
  }

  async close() {
    await this.#browser.close()
  }
}
