// Which Chromium the tests use and how it is started: what `ensure.mjs browser` found, read by everybody who launches one.
import { existsSync, readFileSync } from 'node:fs'

export const BROWSER_FILE = '.data/browser.json'

const QUIET_FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Flags for a browser that talks to nobody but us. Chromium refuses to run as root with its sandbox.
 * @returns {string[]}
 */
export function chromiumFlags() {
  return process.getuid?.() === 0 ? [...QUIET_FLAGS, '--no-sandbox'] : QUIET_FLAGS
}

/**
 * Launch options for Playwright. Without the file (nobody ran the setup) Playwright's own browser is meant.
 * @param {string} [file]
 * @returns {{ args: string[], executablePath?: string }}
 */
export function chromiumLaunchOptions(file = BROWSER_FILE) {
  const { executablePath } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  return { args: chromiumFlags(), ...(executablePath ? { executablePath } : {}) }
}
