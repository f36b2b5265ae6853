// npm run simulate: many seeds, one of them, the stories, or the canary; `--help` says how.
import { setMaxListeners } from 'node:events'
import { availableParallelism } from 'node:os'
import { readCommandOrExit } from '../support/command-line'
import { runDay, workloadOf, WORKLOADS } from './day'
import { allStories } from './exhaustive'
import { runLong } from './long-run'
import type { Sums } from './long-run'
import { programNow } from './pool'
import type { ChunkDone } from './pool'
import { REGRESSIONS } from './regressions'
import type { Regression } from './regressions'
import { runSeed } from './run-seed'
import type { SeedResult } from './run-seed'
import { keepScript, readScript, REGRESSION_SCRIPTS, SCRIPTS_FOLDER } from './script-file'
import { shrinkSeed } from './shrink'
import { SEEDS_FOR_ALL_MARKS, WANTED_MARKS } from './wanted-marks'

/**
 * What `npm test` runs: with all faults, but fewer than 10,000, because a seed of the whole product takes tens of
 * milliseconds. On a busy machine it ends after the time limit, with what it has, before its stage is stopped hard.
 */
const DEFAULT_SEEDS = 1000
const DEFAULT_LIMIT_MS = 120_000
const SEEDS_FILE = '.data/simulation.json'
const STORIES_FILE = '.data/stories.json'
const TRACE_LINES = 400
const SHOWN_FAILURES = 10
/** A canary that lives so long is not found: the checks are blind. */
const CANARY_SEEDS = 200

const SEED_MAX = 2 ** 31

const values = readCommandOrExit({
  name: 'npm run simulate',
  says: 'Plays devices, people, faults and the server on virtual time, and judges what becomes of each scan.',
  options: {
    seeds: { kind: 'whole', min: 1, max: 100_000_000, says: `so many seeds, and what they say is kept for --resume; else ${DEFAULT_SEEDS}, for ${DEFAULT_LIMIT_MS / 1000} s at most` },
    from: { kind: 'whole', min: 0, max: SEED_MAX, says: 'the first seed (else 1), or the first story (else 0)' },
    workload: { kind: 'choice', of: ['both', ...WORKLOADS], default: 'both', says: 'what the seeds play' },
    workers: { kind: 'whole', min: 1, max: 256, default: availableParallelism(), says: 'processes' },
    resume: { kind: 'flag', says: 'go on with the last run of the same kind where it was' },
    seed: { kind: 'whole', min: 0, max: SEED_MAX, says: 'this one alone' },
    trace: { kind: 'flag', says: 'all that happens in it, line by line' },
    shrink: { kind: 'flag', says: 'when it fails, look for the least that still fails' },
    keep: { kind: 'text', value: 'a file', says: 'write what it played, for --script' },
    script: { kind: 'text', value: 'a file', says: 'play what a run has kept: a shrunk failure, or --keep' },
    early: { kind: 'flag', says: 'as it was before there was what one seed in four plays beside the rest' },
    exhaustive: { kind: 'flag', says: 'a short story, with all crash points and all fates of its messages' },
    stories: { kind: 'whole', min: 1, max: 100_000_000, says: 'so many of these; else all' },
    canary: { kind: 'flag', says: 'an invariant that does not hold must be found' },
  },
})

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const isResumed = values.resume
const traceLines = values.trace ? 1_000_000 : TRACE_LINES
const { workers, workload } = values

async function main(): Promise<number> {
  if (values.exhaustive) return exhaustive()
  if (values.script !== undefined) return oneScript(values.script)
  if (values.seed !== undefined) return oneSeed(values.seed)
  if (values.canary) return canary()
  return manySeeds()
}

async function oneSeed(seed: number): Promise<number> {
  const result = await runDay(seed, workload, { isEarly: values.early, traceLines })
  if (values.keep !== undefined) keepScript(values.keep, result)
  return judgeOne(`seed ${seed} (${workloadOf(seed, workload)})`, result)
}

async function oneScript(file: string): Promise<number> {
  const { seed, script } = readScript(file)
  return judgeOne(`seed ${seed}, as ${file} has it`, await runSeed(seed, { script, traceLines }))
}

async function judgeOne(name: string, result: SeedResult): Promise<number> {
  if (values.trace) for (const line of result.trace) say(line)
  const { seed, hash, scans, faults, steps, messages, violation } = result
  say(`${name}: ${hash}, ${scans} scans, ${faults} faults, ${steps} steps, ${messages} messages`)
  if (violation === null) return totals(1, 0)
  if (!values.trace) for (const line of result.trace) say(line)
  sayFailure({ seed, violation })
  if (values.shrink) await sayShrunk(result)
  return totals(0, 1)
}

function sayFailure({ seed, violation: { invariant, at, text } }: ChunkDone['failures'][number]): void {
  say(`VIOLATION of ${invariant}, SEED=${seed} (${workloadOf(seed, workload)}), at ${at.toFixed(0)} ms: ${text}`)
}

async function sayShrunk(failed: SeedResult): Promise<void> {
  const { script, runs, result } = await shrinkSeed(failed)
  say(`shrunk in ${runs} runs to ${script.swarm.devices} devices × ${script.swarm.tabs} windows, ${script.faults.length} faults, ${script.actions?.length ?? 0} actions:`)
  if (result.violation !== null) sayFailure({ seed: failed.seed, violation: result.violation })
  for (const { at, fault } of script.faults) say(`  ${String(at).padStart(8)} fault  ${JSON.stringify(fault)}`)
  for (const { at, action } of script.actions ?? []) say(`  ${at.toFixed(0).padStart(8)} action ${JSON.stringify(action)}`)
  const file = `${SCRIPTS_FOLDER}/seed-${failed.seed}.json`
  keepScript(file, { seed: failed.seed, script })
  say(`to play it again: npm run simulate -- --script ${file}`)
  const { network, storage, limits, skewMs, protocols, ...swarm } = script.swarm
  for (const [name, part] of Object.entries({ scenes: script.scenes ?? null, network, storage, limits, skewMs, protocols, swarm })) say(`  ${name} ${JSON.stringify(part)}`)
}

/** All crash points times all fates of the messages of a story, or a part of them. */
async function exhaustive(): Promise<number> {
  const stories = await allStories()
  const from = values.from ?? 0
  const count = Math.max(0, Math.min(values.stories ?? Infinity, stories.length - from))
  say(`${stories.length} stories; ${count} from ${from}`)
  const sums = await runLong({
    work: { what: 'stories' },
    from,
    count,
    workers,
    progressFile: STORIES_FILE,
    isResumed,
    program: await programNow(),
    limitMs: Infinity,
    say,
    onFailure: ({ seed, violation }) => say(`story ${seed} ${JSON.stringify(stories[seed])}: ${violation.invariant} ${violation.text}`),
  })
  say(`stories ${sums.done} (${sums.told} told, the others are one of these again), messages ${sums.messages}, violations ${sums.failures.length}, ${sums.seconds.toFixed(0)} s (${(sums.done / sums.seconds).toFixed(1)} stories/s)`)
  return totalsOf(sums, 0, 0)
}

/** The success is a failure: an invariant that does not hold must be found. */
async function canary(): Promise<number> {
  for (let seed = 1; seed <= CANARY_SEEDS; seed++) {
    const { violation } = await runSeed(seed, { isCanary: true })
    if (violation?.invariant !== 'CANARY') continue
    say(`the canary was found at seed ${seed}`)
    return totals(1, 0)
  }
  say('the canary lives: the checks are blind')
  return totals(0, 1)
}

async function manySeeds(): Promise<number> {
  const seeds = values.seeds ?? DEFAULT_SEEDS
  const regressed = await runRegressions()
  let shown = 0
  const sums = await runLong({
    work: { what: 'seeds', workload },
    from: values.from ?? 1,
    count: seeds,
    workers,
    progressFile: values.seeds === undefined ? null : SEEDS_FILE,
    isResumed,
    program: values.seeds === undefined ? '' : await programNow(),
    limitMs: values.seeds === undefined ? DEFAULT_LIMIT_MS : Infinity,
    say,
    onFailure: (failure) => {
      if ((shown += 1) <= SHOWN_FAILURES) sayFailure(failure)
    },
  })
  const missing = sayTotals(sums)
  const [worst] = sums.failures.toSorted((a, b) => a.seed - b.seed)
  if (worst !== undefined) {
    sayFailure(worst)
    await sayShrunk(await runDay(worst.seed, workload))
  }
  const isMarkless = seeds >= SEEDS_FOR_ALL_MARKS && missing > 0
  return totalsOf(sums, REGRESSIONS.length - regressed, regressed + (isMarkless ? 1 : 0))
}

/** @returns how many wanted marks never were */
function sayTotals({ done, scans, faults, messages, steps, twice, failures, marks, seconds }: Sums): number {
  const missing = WANTED_MARKS.filter((mark) => marks[mark] === undefined)
  say(`seeds ${done} (${workload}), scans ${scans}, faults ${faults}, messages ${messages}, steps ${steps}, run twice ${twice}, violations ${failures.length}, ${seconds.toFixed(1)} s (${(done / seconds).toFixed(1)} seeds/s)`)
  say(`marks ${WANTED_MARKS.length - missing.length} of ${WANTED_MARKS.length}${missing.length > 0 ? `; never: ${missing.join(', ')}` : ''}`)
  return missing.length
}

async function runRegressions(): Promise<number> {
  let failed = 0
  for (const regression of REGRESSIONS) {
    const { name, seed } = regression
    const { violation } = await runRegression(regression)
    if (violation === null) continue
    failed += 1
    say(`regression "${name}"`)
    sayFailure({ seed, violation })
  }
  return failed
}

function runRegression({ name, seed, workload: choice, isLater = false, hasScript = false }: Regression): Promise<SeedResult> {
  if (hasScript) return runSeed(seed, { script: readScript(`${REGRESSION_SCRIPTS}/${name}.json`).script })
  return choice === undefined ? runSeed(seed) : runDay(seed, choice, { isEarly: !isLater })
}

/** Beside what else passed and failed. A long run that did nothing proves nothing, and fails. */
function totalsOf({ done, failures }: Sums, passed: number, failed: number): number {
  if (done === 0) say('nothing was run: that fails')
  return totals(passed + done - failures.length, failed + failures.length + (done === 0 ? 1 : 0))
}

function totals(passed: number, failed: number): number {
  say(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

setMaxListeners(0)
process.exitCode = await main()
