// A Chromium for the tests: Playwright's own, else one that is installed, else Debian's package. Each candidate is really started.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { aptInstall } from './apt.mjs'
import { BROWSER_FILE, chromiumFlags } from './browser.mjs'
import { run } from './run.mjs'

const LAUNCH_LIMIT_MS = 20_000
const DOWNLOAD_LIMIT_MS = 120_000
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/**
 * @param {(line: string) => void} say
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>}
 */
export async function ensureBrowser(say) {
  const found =
    (await knownBrowser(say)) ??
    (await fetchedBrowser(say)) ??
    (await installedBrowser()) ??
    (await debianBrowser(say))
  if (found === null) {
    rmSync(BROWSER_FILE, { force: true })
    return {
      ok: false,
      reason:
        'no Chromium starts here and none could be fetched. Install Chrome or Chromium and, if it is not found, ' +
        'set E2E_CHROMIUM to its program; or run: npx playwright install --with-deps chromium',
    }
  }
  mkdirSync(path.dirname(BROWSER_FILE), { recursive: true })
  writeFileSync(BROWSER_FILE, `${JSON.stringify(found, null, 2)}\n`)
  say(`browser: Chromium ${found.version} (${found.how})`)
  return { ok: true }
}

/** What the user names, what did last time, or what Playwright has fetched earlier. */
async function knownBrowser(say) {
  const named = process.env.E2E_CHROMIUM
  if (named) {
    const found = await candidate(named, 'E2E_CHROMIUM')
    if (found === null) say(`${named}, which E2E_CHROMIUM names, does not start; looking for another one`)
    return found
  }
  if (existsSync(BROWSER_FILE)) {
    const last = JSON.parse(readFileSync(BROWSER_FILE, 'utf8'))
    const again = await candidate(last.executablePath, last.how)
    if (again !== null) return again
  }
  return candidate(null, "Playwright's own")
}

async function fetchedBrowser(say) {
  if (process.env.PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD) return null
  say("fetching Playwright's Chromium …")
  const fetched = await run(
    process.execPath,
    ['node_modules/playwright/cli.js', 'install', 'chromium'],
    {
      quiet: true,
      timeoutMs: DOWNLOAD_LIMIT_MS,
    },
  )
  if (fetched.ok) return candidate(null, "Playwright's own, fetched now")
  say(
    `… not possible here (${fetched.timedOut ? 'too slow' : 'the download was refused'}, ${fetched.seconds.toFixed(0)} s)`,
  )
  return null
}

async function installedBrowser() {
  for (const program of INSTALLED.filter((file) => existsSync(file))) {
    const found = await candidate(program, 'installed on this machine')
    if (found !== null) return found
  }
  return null
}

async function debianBrowser(say) {
  say("installing Debian's chromium …")
  const installed = await aptInstall(['chromium'])
  if (!installed.ok) {
    say(`… ${installed.reason}`)
    return null
  }
  const found = await installedBrowser()
  if (found === null) say('… it is installed, and does not start')
  return found
}

/** @returns {Promise<{ executablePath: string | null, version: string, how: string } | null>} null: it does not start */
async function candidate(executablePath, how) {
  const { chromium } = await import(
    pathToFileURL(path.resolve('node_modules/playwright/index.mjs')).href
  )
  try {
    const browser = await chromium.launch({
      ...(executablePath ? { executablePath } : {}),
      args: chromiumFlags(),
      timeout: LAUNCH_LIMIT_MS,
    })
    const version = browser.version()
    await browser.close()
    return { executablePath: executablePath ?? null, version, how }
  } catch {
    // Missing, of another machine, or without its libraries: the next candidate.
    return null
  }
}
