// A keyboard-wedge scanner as the browser sees it: trusted key events over the DevTools protocol, as fast as wanted.
import { setTimeout as sleep } from 'node:timers/promises'
import type { CDPSession, Locator, Page } from '@playwright/test'

export interface Wedge {
  /**
   * The keys of a barcode and Enter, whatever comes of them. Resolves when the page has taken the keys.
   * @param gapMs pause between keys; 0 = as fast as the browser takes them
   */
  type: (barcode: string, gapMs?: number) => Promise<void>
  /** The keys of all of them, one after the other, without a pause in between. */
  typeAll: (barcodes: readonly string[], gapMs?: number) => Promise<void>
  /**
   * As a person does it: waits for the answer, and scans again what was held for partial. A busy machine tears a
   * burst apart now and then, and a burst with a pause in it is rightly not counted.
   * @throws Error when it was held too often; a time-out of Playwright when no answer comes
   */
  scan: (barcode: string, gapMs?: number) => Promise<void>
  scanAll: (barcodes: readonly string[], gapMs?: number) => Promise<void>
  /**
   * The keys of a barcode and no Enter, as when the connection is lost with the last key. Ends when all of it is shown
   * as partial: where a busy machine has torn it into pieces it is sent again.
   */
  scanWithoutEnd: (barcode: string, gapMs?: number) => Promise<void>
}

/** So often in a row no machine tears a burst apart. */
const TRIES_MAX = 8
/** After a scan that was held for partial its tail may be answered, too; then nothing more comes of it. */
const QUIET_MS = 700
const ANSWERED_WITHIN_MS = 30_000

export interface KeyStroke {
  readonly key: string
  readonly code: string
  readonly keyCode: number
  readonly text: string
}

export const ENTER: KeyStroke = { key: 'Enter', code: 'Enter', keyCode: 13, text: '\r' }

/** A scanner that is paired with this page. Its keys go wherever the focus is, as those of a real one. */
export async function createWedge(page: Page): Promise<Wedge> {
  const session = await page.context().newCDPSession(page)

  const type = (barcode: string, gapMs = 0): Promise<void> => press([...[...barcode].map(strokeOf), ENTER], gapMs)

  async function press(strokes: readonly KeyStroke[], gapMs: number): Promise<void> {
    const endsAt = Date.now()
    // Sent in one go, each with the time stamp that a scanner would have given it: a pause of this process must not
    // look like a pause of the scanner, and no scanner waits for the page.
    const sent = strokes.flatMap((stroke, nth) =>
      // Without gaps the browser stamps Enter itself as it takes it: what is measured then starts there.
      dispatch(session, stroke, gapMs === 0 && stroke === ENTER ? undefined : endsAt - (strokes.length - 1 - nth) * gapMs),
    )
    await Promise.all([...sent, sleep(strokes.length * gapMs)])
  }

  async function scan(barcode: string, gapMs = 0): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      await markAnswer(page)
      await type(barcode, gapMs)
      const answer = newAnswer(page)
      await answer.waitFor({ state: 'attached', timeout: ANSWERED_WITHIN_MS })
      if ((await answer.getAttribute('data-outcome')) !== 'partial') return
      await untilQuiet(page)
    }
    throw new Error(`${barcode} was held for partial ${TRIES_MAX} times`)
  }

  async function scanWithoutEnd(barcode: string, gapMs = 0): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      await markAnswer(page)
      await press([...barcode].map(strokeOf), gapMs)
      const answer = newAnswer(page)
      await answer.waitFor({ state: 'attached', timeout: ANSWERED_WITHIN_MS })
      const [outcome, words] = [await answer.getAttribute('data-outcome'), await answer.textContent()]
      if (outcome !== 'partial') throw new Error(`${barcode} without an end is ${outcome ?? 'nothing'}`)
      if (words?.includes(barcode) === true) return
      await untilQuiet(page)
    }
    throw new Error(`${barcode} came in pieces ${TRIES_MAX} times`)
  }

  return {
    type,
    scanWithoutEnd,
    async typeAll(barcodes, gapMs = 0) {
      for (const barcode of barcodes) await type(barcode, gapMs)
    },
    scan,
    async scanAll(barcodes, gapMs = 0) {
      for (const barcode of barcodes) await scan(barcode, gapMs)
    },
  }
}

/** Each answer comes as a new element: the mark on the old one goes with it. */
const markAnswer = (page: Page): Promise<void> =>
  page.getByTestId('feedback').evaluate((band) => void (band.dataset['isOld'] = ''))

const newAnswer = (page: Page): Locator =>
  page.locator('[data-testid="feedback"][data-outcome]:not([data-is-old])')

async function untilQuiet(page: Page): Promise<void> {
  for (let waits = 0; waits < TRIES_MAX; waits += 1) {
    await markAnswer(page)
    await sleep(QUIET_MS)
    if ((await newAnswer(page).count()) === 0) return
  }
  throw new Error('One scan was answered for seconds')
}

/** @param sentAt when the scanner sent it, epoch ms; undefined = when the browser takes it */
function dispatch(session: CDPSession, { key, code, keyCode, text }: KeyStroke, sentAt: number | undefined): Promise<unknown>[] {
  const stroke = { key, code, windowsVirtualKeyCode: keyCode, ...(sentAt === undefined ? {} : { timestamp: sentAt / 1000 }) }
  return [
    session.send('Input.dispatchKeyEvent', { type: 'keyDown', ...stroke, text, unmodifiedText: text }),
    session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...stroke }),
  ]
}

/** Digits and capital letters are all that our barcodes have. @throws RangeError for anything else */
export function strokeOf(character: string): KeyStroke {
  if (/^[0-9]$/.test(character))
    return { key: character, code: `Digit${character}`, keyCode: character.charCodeAt(0), text: character }
  if (/^[A-Z]$/.test(character))
    return { key: character, code: `Key${character}`, keyCode: character.charCodeAt(0), text: character }
  throw new RangeError(`No key for ${JSON.stringify(character)}`)
}
