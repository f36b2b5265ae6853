// What `npm test` runs, in order, with the time each stage may take.
import { existsSync, readFileSync } from 'node:fs'
import { filesBelow } from './content-hash.mjs'
import { lastLineTotals, playwrightTotals, vitestTotals } from './test-totals.mjs'

const REPORTS = '.data/reports'
const KILL_ROUNDS = '10'

/**
 * @typedef {object} Step
 * @property {string} name what `--only` takes
 * @property {string} stage steps of one stage share its time
 * @property {readonly string[]} command arguments of Node
 * @property {readonly string[]} [after] not run when one of these failed
 * @property {Record<string, string>} [env]
 * @property {string} [report] JSON that it writes
 * @property {(output: string, report: string | null) => import('./test-totals.mjs').Totals | null} [totals] none: it is a check itself
 * @property {boolean} [seesPostgres] gets DATABASE_URL where there is a PostgreSQL
 * @property {() => boolean} [exists] false: not built yet, not listed
 * @property {'fail' | 'skip' | 'skip-outside-ci'} [whenUnavailable] what a failed setup step means; fail if not given
 */

/** Seconds per stage; a stage is stopped hard at twice its budget. docs/adr/0012-time-budget-of-the-tests.md */
export const STAGE_SECONDS = {
  packages: 60,
  browser: 60,
  system: 60,
  static: 150,
  unit: 400,
  contract: 90,
  postgres: 60,
  build: 15,
  simulation: 150,
  mutants: 90,
  e2e: 240,
  kill: 120,
  // Half of it is the server's demo data.
  webkit: 60,
}

const has =
  (...files) =>
  () =>
    files.every((file) => existsSync(file))
const hasFiles = (folder, ending) => () => filesBelow(folder).some((file) => file.endsWith(ending))
const vitest = (_output, report) => (report === null ? null : vitestTotals(JSON.parse(report)))
const playwright = (_output, report) =>
  report === null ? null : playwrightTotals(JSON.parse(report))

const VITEST = 'node_modules/vitest/vitest.mjs'
const vitestCommand = (name, ...args) => [
  VITEST,
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${REPORTS}/${name}.json`,
  ...args,
]
// Vue and others look at it: a machine set to production must not change what is tested.
const TEST_ENV = { NODE_ENV: 'test' }

/** Tests outside tests/contract that say something about PostgreSQL when there is one. */
function forBothDatabases() {
  return filesBelow('tests/server-mock')
    .filter((file) => file.endsWith('.spec.ts'))
    .filter((file) => readFileSync(file, 'utf8').includes('DATABASE_URL'))
}

/**
 * Tests of what leans on the database most, run on the built-in one and again on PostgreSQL. Not the board: its cursor waits
 * for every transaction of the cluster, so what other files do beside it would show; `board/at-once` is made for that.
 */
const AGAIN_ON_POSTGRES = [
  'plan/again',
  'reports/exports',
  'reports/reports',
  'reports/timeline',
  'review/chain',
  'review/cost',
  'review/explain',
  'review/review',
].map((it) => `tests/server-mock/${it}.spec.ts`)

/** @type {readonly Step[]} */
export const SETUP_STEPS = [
  { name: 'packages', stage: 'packages', command: ['scripts/ensure.mjs', 'deps'] },
  {
    name: 'browser',
    stage: 'browser',
    command: ['scripts/ensure.mjs', 'browser'],
    after: ['packages'],
  },
  {
    name: 'postgres',
    stage: 'system',
    command: ['scripts/ensure.mjs', 'postgres'],
    whenUnavailable: 'skip-outside-ci',
  },
  {
    name: 'webkit-setup',
    stage: 'system',
    command: ['scripts/ensure.mjs', 'webkit'],
    whenUnavailable: 'skip',
    exists: has('e2e/webkit/main.ts'),
  },
]

/** @type {readonly Step[]} */
export const TEST_STEPS = [
  { name: 'lock', stage: 'static', command: ['scripts/check-lock.mjs'] },
  { name: 'spec', stage: 'static', command: ['scripts/check-spec.mjs'] },
  { name: 'types', stage: 'static', command: ['scripts/typecheck.mjs'] },
  {
    name: 'lint',
    stage: 'static',
    command: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0', '--concurrency', '2'],
  },
  {
    name: 'dead-code',
    stage: 'static',
    command: ['node_modules/knip/bin/knip.js', '--no-progress'],
  },
  {
    name: 'unit',
    stage: 'unit',
    // What the contract step runs on both databases is not run on one of them before.
    command: vitestCommand(
      'unit',
      // A recorded history is `npm run test:history`'s: docs/adr/0012. Its judge is judged here.
      ...['tests/contract/**', 'tests/history/history.spec.ts', ...forBothDatabases()].flatMap((it) => ['--exclude', it]),
    ),
    report: `${REPORTS}/unit.json`,
    totals: vitest,
    env: TEST_ENV,
  },
  {
    name: 'contract',
    stage: 'contract',
    command: vitestCommand(
      'contract',
      ...['core', 'server'].flatMap((it) => ['--project', it]),
      'tests/contract',
      ...forBothDatabases(),
    ),
    report: `${REPORTS}/contract.json`,
    totals: vitest,
    env: TEST_ENV,
    seesPostgres: true,
    exists: hasFiles('tests/contract', '.spec.ts'),
  },
  {
    name: 'on-postgres',
    stage: 'postgres',
    command: vitestCommand('on-postgres', '--project', 'server', ...AGAIN_ON_POSTGRES),
    report: `${REPORTS}/on-postgres.json`,
    totals: vitest,
    env: { ...TEST_ENV, ALL_ON_POSTGRES: 'true' },
    seesPostgres: true,
    after: ['postgres'],
  },
  { name: 'build', stage: 'build', command: ['scripts/ensure.mjs', 'build'] },
  { name: 'page-size', stage: 'build', command: ['scripts/page-size.mjs'], after: ['build'] },
  {
    name: 'simulation',
    stage: 'simulation',
    command: ['--import', 'tsx', 'tests/simulation/main.ts'],
    totals: lastLineTotals,
    exists: has('tests/simulation/main.ts'),
  },
  {
    name: 'mutants',
    stage: 'mutants',
    command: ['--import', 'tsx', 'tests/simulation/mutants/main.ts', '--recorded'],
    totals: lastLineTotals,
    exists: has('tests/simulation/mutants/main.ts'),
  },
  {
    name: 'e2e',
    stage: 'e2e',
    // The long ones (dying storage, many windows, two people on one device …) are `npm run test:e2e`'s: docs/adr/0012
    command: ['node_modules/@playwright/test/cli.js', 'test', '--reporter=line,json', '--grep-invert', '@long'],
    report: `${REPORTS}/e2e.json`,
    totals: playwright,
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: `${REPORTS}/e2e.json` },
    after: ['browser', 'build'],
    exists: hasFiles('e2e', '.spec.ts'),
  },
  {
    name: 'kill',
    stage: 'kill',
    command: ['--import', 'tsx', 'e2e/kill/main.ts', '--rounds', KILL_ROUNDS],
    totals: lastLineTotals,
    after: ['browser', 'build'],
    exists: has('e2e/kill/main.ts'),
  },
  {
    name: 'webkit',
    stage: 'webkit',
    command: ['--import', 'tsx', 'e2e/webkit/main.ts'],
    totals: lastLineTotals,
    after: ['webkit-setup', 'build'],
    exists: has('e2e/webkit/main.ts'),
  },
]

/**
 * @param {string | undefined} file
 * @returns {string | null} null: the program never wrote it
 */
export function readReport(file) {
  return file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : null
}
