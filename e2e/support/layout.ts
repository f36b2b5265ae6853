// What a hand and an eye need of a page: nothing wider than the screen, everything to tap large enough.
import type { Locator, Page } from '@playwright/test'

/** WCAG asks for 24; a thumb in a glove for more. */
const TARGET_PX = 44

/** What is wrong with the page as it stands, one sentence each. */
export async function layoutFaultsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(findFaults, TARGET_PX)
}

/** Is all of it on the screen, without scrolling? */
export async function isOnScreen(of: Locator): Promise<boolean> {
  return of.evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect()
    const middle = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    const isCovered = middle === null || !(element.contains(middle) || middle.contains(element))
    return left >= 0 && top >= 0 && right <= innerWidth + 0.5 && bottom <= innerHeight + 0.5 && !isCovered
  })
}

/** Runs in the page. */
function findFaults(targetPx: number): string[] {
  const faults: string[] = []
  const nameOf = (element: Element): string =>
    `${element.tagName.toLowerCase()} “${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().replaceAll(/\s+/g, ' ').slice(0, 40)}”`
  /** What is read out only has one pixel. */
  const isSeen = (element: Element): boolean => {
    const { width, height } = element.getBoundingClientRect()
    return width > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  }
  const scrollsSideways = (element: Element): boolean => {
    for (let parent = element.parentElement; parent !== null; parent = parent.parentElement)
      if (['auto', 'scroll'].includes(getComputedStyle(parent).overflowX) && parent.scrollWidth > parent.clientWidth) return true
    return false
  }

  const { scrollWidth } = document.documentElement
  if (scrollWidth > innerWidth) faults.push(`The page is ${scrollWidth} px wide on a screen of ${innerWidth}`)
  for (const element of document.querySelectorAll('button, a[href], input, select, textarea, summary, [role=tab], [role=button]')) {
    if (!isSeen(element)) continue
    // Around a box to tick the whole label is the target, and around a field its frame.
    const target = element.closest('label') !== null && element.matches('[type=radio], [type=checkbox]') ? (element.closest('label') ?? element) : element
    const { left, right, width, height } = target.getBoundingClientRect()
    // Half a pixel is rounding.
    if (width < targetPx - 0.5 || height < targetPx - 0.5) faults.push(`${nameOf(element)} is ${Math.round(width)} × ${Math.round(height)}`)
    if (target.matches('button, a.button') && target.scrollWidth > target.clientWidth + 1) faults.push(`${nameOf(element)} has wider words than room`)
    if ((left < -0.5 || right > innerWidth + 0.5) && !scrollsSideways(element)) faults.push(`${nameOf(element)} reaches from ${Math.round(left)} to ${Math.round(right)}`)
  }
  return faults
}
