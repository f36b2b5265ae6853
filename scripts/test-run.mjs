// Runs the steps one after the other, keeps them to their time, and adds up.
import { rmSync } from 'node:fs'
import { killAll, run } from './run.mjs'
import { startPostgres } from './postgres.mjs'
import { SETUP_STEPS, STAGE_SECONDS, TEST_STEPS, readReport } from './test-steps.mjs'
import { stepTotals } from './test-totals.mjs'

/** All together; what has not begun by then is not begun any more. Aimed at is less than 20 minutes on an idle machine. */
const TOTAL_SECONDS = 25 * 60
/** A stage is stopped hard at so many times its budget. */
const HARD_STOP = 2

function totalsOf(step, result) {
  if (step.totals === undefined) return stepTotals(null, result.ok)
  // Tests that leave no report behind have not run, whatever the exit code says.
  return stepTotals(
    step.totals(result.output, readReport(step.report)) ?? { passed: 0, failed: 1, skipped: 0 },
    result.ok,
  )
}

/**
 * @typedef {object} TestRunOptions
 * @property {readonly string[]} only names of test steps; empty: all
 * @property {boolean} isCi what may be skipped elsewhere must run here
 * @property {(line: string) => void} [say]
 * @property {readonly import('./test-steps.mjs').Step[]} [setupSteps]
 * @property {readonly import('./test-steps.mjs').Step[]} [testSteps]
 * @property {typeof run} [runStep]
 *
 * @param {TestRunOptions} options
 */
export function createTestRun({
  only,
  isCi,
  say = console.log,
  setupSteps = SETUP_STEPS,
  testSteps = TEST_STEPS,
  runStep = run,
}) {
  const sum = { passed: 0, failed: 0 }
  const failedSteps = new Set()
  const secondsOfStage = new Map()
  const startedAt = Date.now()
  let databaseUrl = process.env.DATABASE_URL
  let stopPostgres = async () => {}

  function wanted(step) {
    return (only.length === 0 || only.includes(step.name)) && (step.exists?.() ?? true)
  }

  function secondsLeft(step) {
    const ofStage = HARD_STOP * STAGE_SECONDS[step.stage] - (secondsOfStage.get(step.stage) ?? 0)
    const ofAll = TOTAL_SECONDS - (Date.now() - startedAt) / 1000
    return Math.max(0, Math.min(ofStage, ofAll))
  }

  function note(step, totals, seconds, remark = '') {
    sum.passed += totals.passed
    sum.failed += totals.failed
    if (totals.failed > 0) failedSteps.add(step.name)
    const mark = totals.failed > 0 ? 'FAIL' : 'ok'
    const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
    say(
      `[${mark}] ${step.name}: ${totals.passed} passed, ${totals.failed} failed${skipped} in ${seconds.toFixed(1)} s${remark}`,
    )
  }

  /** A machine without PostgreSQL or WebKit: said aloud, a failure only where it must be there. */
  function noteUnavailable(step, seconds) {
    failedSteps.add(step.name)
    if (step.whenUnavailable === 'skip-outside-ci' && isCi) {
      note(step, stepTotals(null, false), seconds, ': must be there in CI')
    } else {
      say(`[skip] ${step.name}: not available here; the tests that need it are skipped`)
    }
  }

  async function execute(step) {
    const missing = (step.after ?? []).filter((name) => failedSteps.has(name))
    if (missing.length > 0) {
      // The reason has been counted where it happened.
      say(`[skip] ${step.name}: not run without ${missing.join(', ')}`)
      return
    }
    const limit = secondsLeft(step)
    if (limit === 0) {
      note(step, stepTotals(null, false), 0, ': no time left')
      return
    }
    if (step.report !== undefined) rmSync(step.report, { force: true })
    say(`\n── ${step.name}`)
    const result = await runStep(process.execPath, step.command, {
      timeoutMs: limit * 1000,
      // Unit tests run on the embedded database, whatever there is.
      env: { ...step.env, DATABASE_URL: step.seesPostgres === true ? databaseUrl : undefined },
    })
    secondsOfStage.set(step.stage, (secondsOfStage.get(step.stage) ?? 0) + result.seconds)
    if (!result.ok && step.whenUnavailable !== undefined) {
      noteUnavailable(step, result.seconds)
      return
    }
    note(
      step,
      totalsOf(step, result),
      result.seconds,
      result.timedOut ? `: stopped after ${limit.toFixed(0)} s` : '',
    )
  }

  async function startDatabase() {
    if (
      databaseUrl !== undefined ||
      failedSteps.has('postgres') ||
      !testSteps.some((step) => step.seesPostgres === true && wanted(step))
    )
      return
    try {
      const started = await startPostgres()
      databaseUrl = started.databaseUrl
      stopPostgres = started.stop
    } catch (error) {
      say(`[setup] ${error.message}`)
      noteUnavailable({ name: 'postgres', whenUnavailable: 'skip-outside-ci' }, 0)
    }
  }

  return {
    sum,
    /** Runs everything; rejects on a bug of the runner only, with the sum as it was so far. */
    async runAll() {
      for (const step of setupSteps) {
        if (step.exists?.() ?? true) await execute(step)
        // Without packages nothing else can run.
        if (step.name === 'packages' && failedSteps.has('packages')) return
      }
      await startDatabase()
      const needed = testSteps.some((step) => wanted(step) && step.after?.includes('build'))
      for (const step of testSteps) {
        if (wanted(step) || (step.name === 'build' && needed)) await execute(step)
      }
    },
    /** Leaves no process and no database behind. */
    async close() {
      killAll()
      await stopPostgres()
    },
  }
}
