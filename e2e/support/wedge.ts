// A keyboard-wedge scanner as the browser sees it: trusted key events over the DevTools protocol, as fast as wanted.
import { setTimeout as sleep } from 'node:timers/promises'
import type { CDPSession, Page } from '@playwright/test'

export interface Wedge {
  /**
   * Type a barcode and Enter. Resolves when the page has taken the keys.
   * @param gapMs pause between keys; 0 = as fast as the browser takes them
   */
  scan: (barcode: string, gapMs?: number) => Promise<void>
  /** All of them, one after the other, without a pause in between. */
  scanAll: (barcodes: readonly string[], gapMs?: number) => Promise<void>
}

interface KeyStroke {
  readonly key: string
  readonly code: string
  readonly keyCode: number
  readonly text: string
}

const ENTER: KeyStroke = { key: 'Enter', code: 'Enter', keyCode: 13, text: '\r' }

/** A scanner that is paired with this page. Its keys go wherever the focus is, as those of a real one. */
export async function createWedge(page: Page): Promise<Wedge> {
  const session = await page.context().newCDPSession(page)

  async function scan(barcode: string, gapMs = 0): Promise<void> {
    const strokes = [...[...barcode].map(strokeOf), ENTER]
    const endsAt = Date.now()
    // Sent in one go, each with the time stamp that a scanner would have given it: a pause of this process must not
    // look like a pause of the scanner, and no scanner waits for the page.
    const sent = strokes.flatMap((stroke, nth) =>
      // Without gaps the browser stamps Enter itself as it takes it: what is measured then starts there.
      press(session, stroke, gapMs === 0 && stroke === ENTER ? undefined : endsAt - (strokes.length - 1 - nth) * gapMs),
    )
    await Promise.all([...sent, sleep(strokes.length * gapMs)])
  }

  return {
    scan,
    async scanAll(barcodes, gapMs = 0) {
      for (const barcode of barcodes) await scan(barcode, gapMs)
    },
  }
}

/** @param sentAt when the scanner sent it, epoch ms; undefined = when the browser takes it */
function press(session: CDPSession, { key, code, keyCode, text }: KeyStroke, sentAt: number | undefined): Promise<unknown>[] {
  const stroke = { key, code, windowsVirtualKeyCode: keyCode, ...(sentAt === undefined ? {} : { timestamp: sentAt / 1000 }) }
  return [
    session.send('Input.dispatchKeyEvent', { type: 'keyDown', ...stroke, text, unmodifiedText: text }),
    session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...stroke }),
  ]
}

/** Digits and capital letters are all that our barcodes have. @throws RangeError for anything else */
function strokeOf(character: string): KeyStroke {
  if (/^[0-9]$/.test(character))
    return { key: character, code: `Digit${character}`, keyCode: character.charCodeAt(0), text: character }
  if (/^[A-Z]$/.test(character))
    return { key: character, code: `Key${character}`, keyCode: character.charCodeAt(0), text: character }
  throw new RangeError(`No key for ${JSON.stringify(character)}`)
}
