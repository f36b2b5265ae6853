// Xvfb, WebKitWebDriver and the host window as child processes, and whether this machine has them at all.
import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endWithThisProcess } from '../support/tidy-exit'
import { killTree } from '../support/processes'
import { freePort, PROJECT } from '../support/server'
import type { WebDriver } from './webdriver'
import { openWebDriver } from './webdriver'

/** Debian's names, for the message of somebody who wants the run. */
export const PACKAGES = 'webkit2gtk-driver xvfb python3-gi gir1.2-webkit2-4.1'
const STARTED_WITHIN_MS = 20_000
const PYTHON = '/usr/bin/python3'

export interface WebKit {
  readonly driver: WebDriver
  /** SIGKILL for all its processes. */
  kill: () => Promise<void>
  close: () => Promise<void>
}

/** @returns what is missing for the run, in words; null when all is there */
export function missingForWebKit(): string | null {
  if (process.platform !== 'linux') return 'WebKitGTK is a Linux thing'
  const missing = ['Xvfb', 'WebKitWebDriver'].filter((name) => !isOnPath(name))
  if (missing.length > 0) return `no ${missing.join(', no ')} (Debian: apt-get install ${PACKAGES})`
  const probe = spawnSync(PYTHON, ['-c', "import gi; gi.require_version('WebKit2', '4.1'); from gi.repository import WebKit2"])
  return probe.status === 0 ? null : `no Python bindings of WebKitGTK (Debian: apt-get install ${PACKAGES})`
}

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))
}

export interface WebKitOptions {
  /** A library that is loaded before all others. */
  readonly preload?: string
}

/** Start a window on a data folder; the second start on the same folder finds what the first one stored. */
export async function startWebKit(dataFolder: string, { preload }: WebKitOptions = {}): Promise<WebKit> {
  const children: ChildProcess[] = []
  const close = async (): Promise<void> => {
    for (const child of children.toReversed()) await end(child)
  }
  try {
    const xvfb = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    endWithThisProcess(xvfb, false)
    children.push(xvfb)
    const display = await displayOf(xvfb)
    const port = await freePort()
    const webDriver = spawn('WebKitWebDriver', ['-p', String(port)], {
      stdio: 'ignore',
      // A process group of its own: a negative pid reaches all of it.
      detached: true,
      env: {
        ...process.env,
        DISPLAY: `:${display}`,
        WEBKIT_DATA: dataFolder,
        ...(preload === undefined ? {} : { LD_PRELOAD: preload }),
        // Without a graphics card the accelerated path only costs time.
        LIBGL_ALWAYS_SOFTWARE: '1',
        // WebKit's sandbox refuses to start for root.
        ...(process.getuid?.() === 0 ? { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' } : {}),
      },
    })
    endWithThisProcess(webDriver, true)
    children.push(webDriver)
    const driverUrl = `http://127.0.0.1:${port}`
    await untilAnswering(driverUrl)
    const driver = await openWebDriver(driverUrl, {
      browserName: 'ShelfcountHost',
      'webkitgtk:browserOptions': { binary: join(PROJECT, 'e2e/webkit/host.py'), args: [] },
    })
    return {
      driver,
      kill: async () => {
        await killTree(webDriver)
        await close()
      },
      close: () => driver.quit().finally(close),
    }
  } catch (problem) {
    await close()
    throw problem
  }
}

/** Xvfb picks a free display itself and writes its number to descriptor 3. */
async function displayOf(xvfb: ChildProcess): Promise<string> {
  const pipe = xvfb.stdio[3]
  if (pipe === null || pipe === undefined || !('setEncoding' in pipe)) throw new Error('Xvfb has no display pipe')
  pipe.setEncoding('utf8')
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('Xvfb does not start')), STARTED_WITHIN_MS)
    pipe.once('data', (text: string) => {
      clearTimeout(timer)
      resolve(text.trim())
    })
    xvfb.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)))
  })
}

async function untilAnswering(url: string): Promise<void> {
  const deadline = Date.now() + STARTED_WITHIN_MS
  while (Date.now() < deadline) {
    const isUp = await fetch(`${url}/status`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (isUp) return
    await sleep(50)
  }
  throw new Error('WebKitWebDriver does not answer')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  await Promise.race([gone, sleep(3000, undefined, { ref: false })])
  child.kill('SIGKILL')
  await gone
}
