// How many tests passed and failed, read from what each test program leaves behind.

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Totals
 */

/**
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests?: number, numTodoTests?: number,
 *   testResults: { status: string, assertionResults: unknown[] }[] }} report vitest's JSON
 * @returns {Totals} a file that failed before its first test counts as one failed
 */
export function vitestTotals(report) {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0),
  }
}

/**
 * @param {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number }, errors?: unknown[] }} report Playwright's JSON
 * @returns {Totals} a test that needed a second try has failed
 */
export function playwrightTotals({ stats, errors = [] }) {
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
  }
}

/**
 * @param {string} output of a program that ends with `N passed, N failed`
 * @returns {Totals | null} null when it never got so far
 */
export function lastLineTotals(output) {
  const lines = [...output.matchAll(/^(\d+) passed, (\d+) failed\s*$/gm)]
  const last = lines.at(-1)
  if (last === undefined) return null
  return { passed: Number(last[1]), failed: Number(last[2]), skipped: 0 }
}

/**
 * What a step adds to the sum. A program that ended badly without a failed test (it crashed, or was stopped) counts as
 * one failed, so that no step can fail in silence.
 *
 * @param {Totals | null} totals null: the step has no tests of its own and is itself the check
 * @param {boolean} ok the program ended with code 0
 * @returns {Totals}
 */
export function stepTotals(totals, ok) {
  if (totals === null) return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }
  return !ok && totals.failed === 0 ? { ...totals, failed: 1 } : totals
}
