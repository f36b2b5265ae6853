// A browser on an empty page of our own with our code in it: for what is measured without the app around it.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type { Rolldown } from 'vite'
import { build } from 'vite'
import { launchOwnChromium } from '../e2e/support/chromium'
import { PROJECT } from '../e2e/support/server'

/**
 * Bundle `entry`, run it on an empty page and hand that page over. Everything is gone afterwards.
 * @param entry path from the project's folder; what it offers it assigns to globalThis
 */
export async function onBenchPage<T>(entry: string, work: (page: Page) => Promise<T>): Promise<T> {
  const code = await bundle(entry)
  // IndexedDB wants an origin; an empty page of our own has one, and no Content-Security-Policy in the way.
  const empty = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>bench</title>')
  })
  await new Promise<void>((resolve) => empty.listen(0, resolve))
  const address = empty.address()
  if (address === null || typeof address === 'string') throw new Error('No port for the empty page')
  const profileFolder = await mkdtemp(join(tmpdir(), 'shelfcount-page-'))
  const browser = await launchOwnChromium(profileFolder)
  try {
    await browser.page.goto(`http://localhost:${address.port}/`)
    await browser.page.addScriptTag({ content: code })
    return await work(browser.page)
  } finally {
    await browser.kill()
    empty.close()
    await rm(profileFolder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function bundle(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    root: PROJECT,
    logLevel: 'error',
    build: {
      write: false,
      lib: { entry: join(PROJECT, entry), formats: ['iife'], name: 'bench' },
    },
  })
  const outputs = (Array.isArray(built) ? built : [built]) as readonly Rolldown.RolldownOutput[]
  const code = outputs[0]?.output[0].code
  if (code === undefined) throw new Error('The bench page was not built')
  return code
}
