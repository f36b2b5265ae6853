// The floor under scan-to-durable: bare commits in the same Chromium on the same disk, at the pace of a fast scanner.
import { onBenchPage } from './bench-page'
import type { FloorAsked, FloorWork } from './floor-page'
import type { Report } from './results'
import { resultOf } from './results'

const WORKS: readonly FloorWork[] = ['one row, relaxed', 'one row, strict', 'append of one scan, strict']
const COMMITS = 200
const PER_SECOND = 20

export function benchFloors(report: Report): Promise<void> {
  return onBenchPage('bench/floor-page.ts', async (page) => {
    for (const work of WORKS) {
      const ms = await page.evaluate(
        (asked) => (globalThis as unknown as { benchFloor: (it: FloorAsked) => Promise<readonly number[]> }).benchFloor(asked),
        { work, commits: COMMITS, perSecond: PER_SECOND },
      )
      report(resultOf(`floor: ${work}, ${PER_SECOND}/s`, ms, { note: 'no app, an empty database' }))
    }
  })
}
