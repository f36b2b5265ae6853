// What a person hears and sees after each scan, noted outside the page so that it survives a reload.
import type { Page } from '@playwright/test'

/** The first tone of each sound in src/composables/sounds.ts, Hz. */
const TONES: Readonly<Record<number, Heard>> = { 1760: 'counted', 784: 'undirected', 988: 'unmatched', 165: 'refused', 660: 'partial' }
export type Heard = 'counted' | 'undirected' | 'unmatched' | 'refused' | 'partial'

export interface Ears {
  /** Sounds by kind, since the beginning. */
  readonly heard: (what: Heard) => number
  /** Outcomes that the feedback band has shown, since the beginning. */
  readonly seen: (what: Heard) => number
}

/** Call before the first page opens. The audio device is wrapped, not replaced. */
export async function listenTo(page: Page): Promise<Ears> {
  const heard: Heard[] = []
  const seen: Heard[] = []
  await page.exposeBinding('noteTone', (_source, hz: number) => {
    const what = TONES[hz]
    // Later tones of a sound have other heights, or belong to a refusal, which begins with its own.
    if (what !== undefined) heard.push(what)
  })
  await page.exposeBinding('noteOutcome', (_source, what: Heard) => void seen.push(what))
  await page.addInitScript(listenInPage)
  const count = (list: readonly Heard[], what: Heard): number => list.filter((it) => it === what).length
  return { heard: (what) => count(heard, what), seen: (what) => count(seen, what) }
}

/** Runs in the page before the app. */
function listenInPage(): void {
  const driver = window as unknown as {
    noteTone: (hz: number) => Promise<void>
    noteOutcome: (outcome: string) => Promise<void>
  }
  const start = OscillatorNode.prototype.start
  OscillatorNode.prototype.start = function (when) {
    void driver.noteTone(this.frequency.value)
    start.call(this, when)
  }
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes)
        if (node instanceof HTMLElement && node.dataset['testid'] === 'feedback' && node.dataset['outcome'] !== undefined)
          void driver.noteOutcome(node.dataset['outcome'])
  }).observe(document, { childList: true, subtree: true })
}
