// A Chromium in its own process group with a profile on disk, so that all of it can be killed at once and started again.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserContext, Page } from '@playwright/test'
import { chromium } from '@playwright/test'
import { chromiumLaunchOptions } from '../../scripts/browser.mjs'
import { descendantsOf, isRenderer, killQuietly, killTree, untilGone } from './processes'
import { PROJECT } from './server'
import { endWithThisProcess } from './tidy-exit'

const STARTED_WITHIN_MS = 30_000
const GONE_WITHIN_MS = 10_000
const DESCRIBED_WITHIN_MS = 2000

export interface OwnChromium {
  readonly context: BrowserContext
  readonly page: Page
  /** Where its DevTools listen: `ws://host:port/devtools/browser/id`. */
  readonly debuggerUrl: string
  /** SIGKILL for every process of this browser, at once: nothing gets a chance to write. */
  kill: () => Promise<void>
  /** SIGKILL for the processes that run pages: all pages are gone, the browser and its storage live on. Linux only. */
  killRenderers: () => void
  /** What the pages show, and what the browser said of its storage, for a failed test's report. */
  describe: () => Promise<string>
  /** An orderly end. */
  close: () => Promise<void>
}

const VIEWPORT = { width: 1180, height: 820 }

export interface OwnChromiumOptions {
  /** A page behind another tab is hidden and has no keyboard, as for a person. Left out: Playwright keeps all pages awake. */
  readonly hasBackground?: boolean
}

/**
 * Start the browser on a profile folder; the second start on the same folder finds what the first one stored.
 * @throws Error with its output when it does not come up within half a minute
 */
export async function launchOwnChromium(
  profileFolder: string,
  { hasBackground = false }: OwnChromiumOptions = {},
): Promise<OwnChromium> {
  const { executablePath, args } = chromiumLaunchOptions(join(PROJECT, '.data/browser.json'))
  const child = spawn(
    executablePath ?? chromium.executablePath(),
    [
      ...args,
      '--headless=new',
      '--remote-debugging-port=0',
      `--user-data-dir=${profileFolder}`,
      `--window-size=${VIEWPORT.width},${VIEWPORT.height}`,
      // As Playwright starts it: a page in the background must not run at a crawl.
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
      '--no-default-browser-check',
      '--hide-crash-restore-bubble',
      'about:blank',
    ],
    // A process group of its own: a negative pid reaches all of it.
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  endWithThisProcess(child, true)
  const saysOfStorage = gatherStorageWords(child)
  const endpoint = await debuggerAddress(child)
  const browser = await chromium.connectOverCDP(endpoint, { noDefaults: hasBackground })
  const context = browser.contexts()[0]
  if (context === undefined) throw new Error('The browser came without a context')
  // tsx wraps named functions in a helper, also those that are sent into the page: there it has to exist, too.
  await context.addInitScript({ content: 'globalThis.__name ??= (named) => named' })
  const page = context.pages()[0] ?? (await context.newPage())
  await page.setViewportSize(VIEWPORT)
  return {
    context,
    page,
    debuggerUrl: endpoint,
    kill: async () => {
      await killTree(child)
      await browser.close()
    },
    killRenderers: () => {
      for (const pid of descendantsOf(child.pid ?? 0)) if (isRenderer(pid)) killQuietly(pid)
    },
    describe: async () => [...(await Promise.all(context.pages().map(describePage))), ...saysOfStorage].join(' · '),
    close: async () => {
      const session = await browser.newBrowserCDPSession()
      // The answer may be lost: the browser is on its way out.
      await Promise.race([session.send('Browser.close').catch(() => undefined), sleep(GONE_WITHIN_MS)])
      await untilGone(child)
    },
  }
}

async function describePage(page: Page): Promise<string> {
  const text = page.evaluate(() => document.body.innerText.slice(0, 300)).catch(String)
  const shown = await Promise.race([text, sleep(DESCRIBED_WITHIN_MS, 'no answer', { ref: false })])
  return `${page.url()}: ${shown.replaceAll('\n', ' | ')}`
}

const STORAGE_WORDS = /indexed.?db|leveldb|corrupt|backing store|quota/i
const STORAGE_LINES_MAX = 20

/** @returns filled as the browser goes on: it deletes what it takes for damaged, and this is all that is said of it */
function gatherStorageWords(child: ChildProcess): readonly string[] {
  const found: string[] = []
  if (child.stderr === null) return found
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (STORAGE_WORDS.test(line) && found.length < STORAGE_LINES_MAX) found.push(line)
  })
  return found
}

async function debuggerAddress(child: ChildProcess): Promise<string> {
  const { stderr } = child
  if (stderr === null) throw new Error('The browser has no output')
  stderr.setEncoding('utf8')
  let printed = ''
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`No debugger address:\n${printed}`)), STARTED_WITHIN_MS)
    stderr.on('data', (text: string) => {
      printed = (printed + text).slice(-20_000)
      const found = /DevTools listening on (ws:\/\/\S+)/.exec(printed)
      if (found?.[1] === undefined) return
      clearTimeout(timer)
      resolve(found[1])
    })
    child.once('exit', (code) => reject(new Error(`The browser ended with ${code}:\n${printed}`)))
  })
}
