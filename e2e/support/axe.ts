// What axe has against a page, in the rules of WCAG 2.2 AA, as lines that a failed test can show.
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const LINE_MAX = 300

export async function violationsOf(page: Page): Promise<readonly string[]> {
  // There are no frames: what the other mode opens for them, a page of its own each time, costs more than the look.
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).setLegacyMode().analyze()
  return violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html).join(' ')}`.slice(0, LINE_MAX))
}
