// Proves the totals and the order of `npm test` with steps that are only played.
import { describe, expect, it } from 'vitest'
import { createTestRun } from '../../scripts/test-run.mjs'
import { STAGE_SECONDS, TEST_STEPS } from '../../scripts/test-steps.mjs'
import {
  lastLineTotals,
  playwrightTotals,
  stepTotals,
  vitestTotals,
} from '../../scripts/test-totals.mjs'

const PASSES = { ok: true, code: 0, timedOut: false, output: '', seconds: 1 }
const FAILS = { ok: false, code: 1, timedOut: false, output: '', seconds: 1 }

interface PlayedStep {
  name: string
  stage: string
  command: readonly string[]
  after?: readonly string[]
  whenUnavailable?: 'fail' | 'skip' | 'skip-outside-ci'
  totals?: typeof lastLineTotals
  exists?: () => boolean
}

function step(name: string, more: Partial<PlayedStep> = {}): PlayedStep {
  return { name, stage: 'static', command: [name], ...more }
}

/** Plays the steps; those that `results` names end so, all others pass. */
async function play(
  { setup = [], tests }: { setup?: PlayedStep[]; tests: PlayedStep[] },
  {
    results = {},
    only = [],
    isCi = false,
  }: { results?: Record<string, Partial<typeof PASSES>>; only?: string[]; isCi?: boolean } = {},
) {
  const ran: string[] = []
  const limits: Record<string, number> = {}
  const testRun = createTestRun({
    only,
    isCi,
    say: () => undefined,
    setupSteps: setup,
    testSteps: tests,
    runStep: (_program: string, [name = '']: readonly string[], { timeoutMs = 0 } = {}) => {
      ran.push(name)
      limits[name] = timeoutMs / 1000
      return Promise.resolve({ ...PASSES, ...results[name] })
    },
  })
  await testRun.runAll()
  return { ran, limits, ...testRun.sum }
}

describe('the test run', () => {
  it('[HO2] counts a step without tests of its own as one check', async () => {
    const run = await play({ tests: [step('types'), step('lint')] }, { results: { lint: FAILS } })

    expect(run).toMatchObject({ passed: 1, failed: 1 })
  })

  it('[HO2] goes on after a failed step', async () => {
    const run = await play({ tests: [step('types'), step('lint')] }, { results: { types: FAILS } })

    expect(run.ran).toEqual(['types', 'lint'])
  })

  it('[HO2] ends when the packages cannot be installed, with one failed', async () => {
    const run = await play(
      { setup: [step('packages')], tests: [step('types')] },
      { results: { packages: FAILS } },
    )

    expect(run).toMatchObject({ ran: ['packages'], passed: 0, failed: 1 })
  })

  it('[HO2] leaves out what needs a failed step, and counts the reason once', async () => {
    const tests = [step('build'), step('e2e', { after: ['build'] })]

    const run = await play({ tests }, { results: { build: FAILS } })

    expect(run).toMatchObject({ ran: ['build'], failed: 1 })
  })

  it('[HO2] adds up the tests that a step reports', async () => {
    const tests = [step('kill', { totals: lastLineTotals })]

    const run = await play(
      { tests },
      { results: { kill: { output: 'round 1\n9 passed, 1 failed\n', ok: false } } },
    )

    expect(run).toMatchObject({ passed: 9, failed: 1 })
  })

  it('[HO2] counts a step that leaves no report as failed, whatever its exit code', async () => {
    const run = await play({ tests: [step('kill', { totals: lastLineTotals })] })

    expect(run).toMatchObject({ passed: 0, failed: 1 })
  })

  it('[HO3] stops a stage hard at twice its budget, shared by its steps', async () => {
    const run = await play(
      { tests: [step('types'), step('lint')] },
      { results: { types: { seconds: 60 } } },
    )

    expect(run.limits['types']).toBe(2 * STAGE_SECONDS.static)
    expect(run.limits['lint']).toBe(2 * STAGE_SECONDS.static - 60)
  })

  it('[HO3] counts a step for which its stage left no time as failed', async () => {
    const run = await play(
      { tests: [step('types'), step('lint')] },
      { results: { types: { seconds: 2 * STAGE_SECONDS.static } } },
    )

    expect(run).toMatchObject({ ran: ['types'], failed: 1 })
  })

  it('[HO4] says and skips a missing PostgreSQL on a developer machine', async () => {
    const setup = [step('postgres', { whenUnavailable: 'skip-outside-ci' })]

    const run = await play({ setup, tests: [step('types')] }, { results: { postgres: FAILS } })

    expect(run).toMatchObject({ passed: 1, failed: 0 })
  })

  it('[HO4] fails without PostgreSQL in CI', async () => {
    const setup = [step('postgres', { whenUnavailable: 'skip-outside-ci' })]

    const run = await play(
      { setup, tests: [step('types')] },
      { results: { postgres: FAILS }, isCi: true },
    )

    expect(run).toMatchObject({ passed: 1, failed: 1 })
  })

  it('[HO2] runs what was asked for alone, with the build that it needs', async () => {
    const tests = [step('types'), step('build'), step('e2e', { after: ['build'] })]

    const run = await play({ tests }, { only: ['e2e'] })

    expect(run.ran).toEqual(['build', 'e2e'])
  })

  it('[HH7] judges the judge of histories each time, and leaves out nothing of them but the recorded one', () => {
    const unit = TEST_STEPS.find((it) => it.name === 'unit')?.command ?? []
    const leftOut = unit.filter((_, place) => unit[place - 1] === '--exclude')

    expect(leftOut.filter((it) => it.startsWith('tests/history/'))).toEqual(['tests/history/history.spec.ts'])
  })

  it('[HO2] does not list what is not built yet', async () => {
    const run = await play({ tests: [step('types'), step('simulation', { exists: () => false })] })

    expect(run.ran).toEqual(['types'])
  })
})

describe('totals', () => {
  it('[HO2] count a file that failed before its first test', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [{}] },
    ]

    expect(vitestTotals({ numPassedTests: 1, numFailedTests: 0, testResults })).toMatchObject({
      passed: 1,
      failed: 1,
    })
  })

  it('[HO2] count a test that needed a second try as failed', () => {
    const stats = { expected: 3, unexpected: 1, flaky: 1, skipped: 2 }

    expect(playwrightTotals({ stats })).toEqual({ passed: 3, failed: 2, skipped: 2 })
  })

  it('[HO2] take the last of several last lines', () => {
    expect(lastLineTotals('1 passed, 0 failed\nmore\n7 passed, 2 failed\n')).toMatchObject({
      passed: 7,
      failed: 2,
    })
  })

  it('[HO2] turn a crash without a failed test into one failed', () => {
    expect(stepTotals({ passed: 5, failed: 0, skipped: 0 }, false)).toMatchObject({
      passed: 5,
      failed: 1,
    })
  })
})
