// A Chromium in its own process group with a profile on disk, so that all of it can be killed at once and started again.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from '@playwright/test'
import { chromium } from '@playwright/test'
import { chromiumLaunchOptions } from '../../scripts/browser.mjs'
import { PROJECT } from './server'
import { endWithThisProcess } from './tidy-exit'

const STARTED_WITHIN_MS = 30_000
const GONE_WITHIN_MS = 10_000

export interface OwnChromium {
  readonly context: BrowserContext
  readonly page: Page
  /** SIGKILL for every process of this browser, at once: nothing gets a chance to write. */
  kill: () => Promise<void>
  /** An orderly end. */
  close: () => Promise<void>
}

/**
 * Start the browser on a profile folder; the second start on the same folder finds what the first one stored.
 * @throws Error with its output when it does not come up within half a minute
 */
export async function launchOwnChromium(
  profileFolder: string,
  viewport: { width: number; height: number } = { width: 1180, height: 820 },
): Promise<OwnChromium> {
  const { executablePath, args } = chromiumLaunchOptions(join(PROJECT, '.data/browser.json'))
  const child = spawn(
    executablePath ?? chromium.executablePath(),
    [
      ...args,
      '--headless=new',
      '--remote-debugging-port=0',
      `--user-data-dir=${profileFolder}`,
      `--window-size=${viewport.width},${viewport.height}`,
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
  const endpoint = await debuggerAddress(child)
  const browser = await chromium.connectOverCDP(endpoint)
  const context = browser.contexts()[0]
  if (context === undefined) throw new Error('The browser came without a context')
  // tsx wraps named functions in a helper, also those that are sent into the page: there it has to exist, too.
  await context.addInitScript({ content: 'globalThis.__name ??= (named) => named' })
  const page = context.pages()[0] ?? (await context.newPage())
  await page.setViewportSize(viewport)
  return {
    context,
    page,
    kill: () => killAll(child, browser),
    close: async () => {
      const session = await browser.newBrowserCDPSession()
      // The answer may be lost: the browser is on its way out.
      await Promise.race([session.send('Browser.close').catch(() => undefined), sleep(GONE_WITHIN_MS)])
      await untilGone(child)
    },
  }
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

async function killAll(child: ChildProcess, browser: Browser): Promise<void> {
  const { pid } = child
  if (pid === undefined) throw new Error('The browser was never started')
  // Helpers may have left the group: the tree is read first, then everything dies in one go.
  const family = process.platform === 'linux' ? descendantsOf(pid) : []
  for (const victim of [-pid, pid, ...family]) killQuietly(victim)
  await untilGone(child)
  for (const orphan of family) killQuietly(orphan)
  await browser.close()
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (problem) {
    // Gone already is what we wanted.
    if ((problem as NodeJS.ErrnoException).code !== 'ESRCH') throw problem
  }
}

/** All processes below `root`, from /proc. */
function descendantsOf(root: number): readonly number[] {
  const childrenOf = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = parentOf(name)
    if (parent === undefined) continue
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)])
  }
  const found: number[] = []
  for (let next: number[] = [root]; next.length > 0; ) {
    next = next.flatMap((pid) => childrenOf.get(pid) ?? [])
    found.push(...next)
  }
  return found
}

function parentOf(pid: string): number | undefined {
  try {
    // `pid (name) state ppid …`: the name may hold spaces and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    // The process ended between the listing and the reading.
    return undefined
  }
}

async function untilGone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await Promise.race([
    gone,
    sleep(GONE_WITHIN_MS, undefined, { ref: false }).then(() => {
      throw new Error('The browser does not end')
    }),
  ])
}
