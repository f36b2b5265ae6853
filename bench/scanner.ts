// A scanner for measuring: trusted keys at a real scanner's pace that cost the machine as little as possible.
import { setTimeout as sleep } from 'node:timers/promises'
import WebSocket from 'ws'
import type { OwnChromium } from '../e2e/support/chromium'
import type { KeyStroke } from '../e2e/support/wedge'
import { ENTER, strokeOf } from '../e2e/support/wedge'

/** The quickest scanners: sent in one go, fourteen keys would wait for each other and be taken for the app's own time. */
const KEY_GAP_MS = 2

export interface PacedScanner {
  /** The keys of a barcode and Enter, each when a scanner would send it. Resolves when the page has taken all of them. */
  readonly scan: (barcode: string) => Promise<void>
  readonly close: () => void
}

/**
 * Straight to the page's DevTools socket: a test driver spends 33 ms of processor time on the 28 messages of a scan,
 * more than the page does, and on the same two cores.
 * @throws Error when the page's DevTools do not answer
 */
export async function pairScanner({ page, context, debuggerUrl }: OwnChromium): Promise<PacedScanner> {
  const session = await context.newCDPSession(page)
  const { targetInfo } = await session.send('Target.getTargetInfo')
  const socket = new WebSocket(`ws://${new URL(debuggerUrl).host}/devtools/page/${targetInfo.targetId}`, { perMessageDeflate: false })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  let sent = 0
  let answered = 0
  let whenAnswered: (() => void) | null = null
  socket.on('message', () => {
    answered += 1
    if (answered === sent) whenAnswered?.()
  })

  function press({ key, code, keyCode, text }: KeyStroke): void {
    const stroke = { key, code, windowsVirtualKeyCode: keyCode }
    for (const params of [{ type: 'keyDown', ...stroke, text, unmodifiedText: text }, { type: 'keyUp', ...stroke }]) {
      sent += 1
      socket.send(JSON.stringify({ id: sent, method: 'Input.dispatchKeyEvent', params }))
    }
  }

  return {
    async scan(barcode) {
      const startsAt = performance.now()
      for (const [nth, stroke] of [...[...barcode].map(strokeOf), ENTER].entries()) {
        await sleep(Math.max(0, startsAt + nth * KEY_GAP_MS - performance.now()))
        press(stroke)
      }
      if (answered < sent) await new Promise<void>((resolve) => (whenAnswered = resolve))
    },
    close: () => socket.close(),
  }
}
