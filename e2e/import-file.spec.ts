// A list brought to the planning page by a real browser: dropped, chosen by keyboard, refused; its columns remembered.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { violationsOf } from './support/axe'
import { PROJECT } from './support/server'
import { deviceOf, openPlan } from './support/supervisor'
import { expect, test } from './support/test'

const CSV = Buffer.from('Barcode,Shelf\n4006381333931,A1\n')
const WORKBOOK = readFileSync(join(PROJECT, 'tests/files/list.xlsx'))
const PICTURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0])

/** @returns the file as the browser's own drag carries it */
function carried(page: Page, name: string, bytes: Buffer) {
  return page.evaluateHandle(
    ([fileName, base64]) => {
      const data = new DataTransfer()
      data.items.add(new File([Uint8Array.from(atob(base64), (it) => it.charCodeAt(0))], fileName))
      return data
    },
    [name, bytes.toString('base64')] as const,
  )
}

async function drop(page: Page, at: Locator, name: string, bytes: Buffer): Promise<void> {
  const dataTransfer = await carried(page, name, bytes)
  for (const type of ['dragover', 'drop']) await at.dispatchEvent(type, { dataTransfer })
}

test('[PL63] [PL64] a list is dropped anywhere or chosen by keyboard, a wrong file is refused in words, and columns are remembered', async ({
  browser,
  server,
}) => {
  test.setTimeout(180_000)
  const desk = await deviceOf(browser, server.origin, 'sam')
  await openPlan(desk)
  await desk.getByRole('link', { name: 'From a file' }).click()
  const field = desk.locator('input[type=file]')
  const heading = desk.getByRole('heading', { level: 1 })
  const another = desk.getByRole('button', { name: 'Another file' })

  await drop(desk, heading, 'shelf.png', PICTURE)
  await expect(desk.getByRole('alert')).toHaveText('shelf.png: This file cannot be read. Bring a CSV or an Excel workbook (.xlsx).')

  await drop(desk, heading, 'list.xlsx', WORKBOOK)
  await expect(desk.getByRole('heading', { name: 'list.xlsx' })).toBeVisible()
  await expect(desk.getByRole('cell', { name: '4006381333931' })).toBeVisible()
  await another.click()

  // Without a mouse: the field is reached by Tab, and a key opens the chooser.
  await expect(field).toBeVisible()
  for (let presses = 0; presses < 60 && !(await field.evaluate((it) => it === document.activeElement)); presses += 1)
    await desk.keyboard.press('Tab')
  const chooser = desk.waitForEvent('filechooser')
  await desk.keyboard.press('Enter')
  await (await chooser).setFiles({ name: 'dairy.csv', mimeType: 'text/csv', buffer: CSV })
  await expect(desk.getByRole('heading', { name: 'dairy.csv' })).toBeVisible()
  await desk.getByLabel('Area').selectOption({ label: 'Shelf' })
  await desk.getByRole('button', { name: 'Import 1 row' }).click()
  await expect(desk.getByTestId('import-state')).toHaveAttribute('data-state', /consumed|error/, { timeout: 40_000 })
  await desk.getByRole('button', { name: /Bring the mended file|Import another file/ }).click()

  await drop(desk, desk.locator('.drop'), 'november.csv', CSV)
  await expect(desk.getByTestId('mapping-remembered')).toBeVisible()
  await expect(desk.getByLabel('Area')).toHaveValue('1')
  expect(await violationsOf(desk)).toEqual([])
  await desk.context().close()
})
