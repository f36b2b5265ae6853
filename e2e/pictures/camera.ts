// An iPad in landscape that takes pictures for docs/images, in light and where it is asked for in dark, too.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from '@playwright/test'
import { PROJECT } from '../support/server'
import { smallPng } from './small-png'

const FOLDER = join(PROJECT, 'docs/images')
const IPAD = 'Mozilla/5.0 (iPad; CPU OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148'

export async function newIPad(browser: Browser): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1180, height: 820 }, hasTouch: true, userAgent: IPAD, locale: 'en-GB', timezoneId: 'Europe/Berlin',
  })
  await context.addInitScript({ content: 'globalThis.__name ??= (named) => named' })
  return context.newPage()
}

export async function take(page: Page, name: string, { isDarkToo = false } = {}): Promise<void> {
  await page.mouse.move(0, 0)
  await page.evaluate(() => document.fonts.ready)
  await save(page, name)
  if (!isDarkToo) return
  await page.emulateMedia({ colorScheme: 'dark' })
  await save(page, `${name}-dark`)
  await page.emulateMedia({ colorScheme: 'light' })
}

async function save(page: Page, name: string): Promise<void> {
  const png = await page.screenshot({ animations: 'disabled' })
  const small = await smallPng(page, png)
  await writeFile(join(FOLDER, `${name}.png`), small)
  console.log(`docs/images/${name}.png ${Math.round(small.length / 1024)} KB`)
}
