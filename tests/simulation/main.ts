// npm run simulate -- --seeds 10000 [--from 1] [--workload storm|people|both] [--workers 2] [--resume]
//   | --seed 42 [--workload …] [--early] [--trace] [--shrink] | --exhaustive [--from 0] [--stories 1000] [--workers 2] [--resume] | --canary
import { setMaxListeners } from 'node:events'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runDay, workloadOf, WORKLOADS } from './day'
import type { WorkloadChoice } from './day'
import { allStories } from './exhaustive'
import { runLong } from './long-run'
import type { Sums } from './long-run'
import { programNow } from './pool'
import type { ChunkDone } from './pool'
import { REGRESSIONS } from './regressions'
import { runSeed } from './run-seed'
import type { SeedResult } from './run-seed'
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

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    stories: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    workload: { type: 'string' },
    workers: { type: 'string' },
    trace: { type: 'boolean' },
    shrink: { type: 'boolean' },
    resume: { type: 'boolean' },
    exhaustive: { type: 'boolean' },
    canary: { type: 'boolean' },
    early: { type: 'boolean' },
  },
})

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const isResumed = values.resume === true
const workers = Number(values.workers ?? availableParallelism())
const workload = choiceOf(values.workload ?? 'both')

function choiceOf(text: string): WorkloadChoice {
  const choice = (['both', ...WORKLOADS] as const).find((it) => it === text)
  if (choice === undefined) throw new RangeError(`There is no workload ${text}: ${WORKLOADS.join(', ')}, both`)
  return choice
}

async function main(): Promise<number> {
  if (values.exhaustive === true) return exhaustive()
  if (values.seed !== undefined) return oneSeed(Number(values.seed))
  if (values.canary === true) return canary()
  return manySeeds()
}

async function oneSeed(seed: number): Promise<number> {
  const result = await runDay(seed, workload, { isEarly: values.early === true, traceLines: values.trace === true ? 1_000_000 : TRACE_LINES })
  if (values.trace === true) for (const line of result.trace) say(line)
  const { hash, scans, faults, steps, messages, violation } = result
  say(`seed ${seed} (${workloadOf(seed, workload)}): ${hash}, ${scans} scans, ${faults} faults, ${steps} steps, ${messages} messages`)
  if (violation === null) return totals(1, 0)
  if (values.trace !== true) for (const line of result.trace) say(line)
  sayFailure({ seed, violation })
  if (values.shrink === true) await sayShrunk(result)
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
  // All that `runSeed` needs to play it once more: the seed, and this.
  const { network, storage, limits, skewMs, protocols, ...swarm } = script.swarm
  for (const [name, part] of Object.entries({ scenes: script.scenes ?? null, network, storage, limits, skewMs, protocols, swarm })) say(`  ${name} ${JSON.stringify(part)}`)
}

/** All crash points times all fates of the messages of a story, or a part of them. */
async function exhaustive(): Promise<number> {
  const stories = await allStories()
  const from = Number(values.from ?? 0)
  const count = Math.min(Number(values.stories ?? Infinity), stories.length - from)
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
  return totals(sums.done - sums.failures.length, sums.failures.length)
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
  const seeds = Number(values.seeds ?? DEFAULT_SEEDS)
  const regressed = await runRegressions()
  let shown = 0
  const sums = await runLong({
    work: { what: 'seeds', workload },
    from: Number(values.from ?? 1),
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
  return totals(sums.done - sums.failures.length + REGRESSIONS.length - regressed, sums.failures.length + regressed + (isMarkless ? 1 : 0))
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
  for (const { name, seed, workload: choice, isLater = false } of REGRESSIONS) {
    const { violation } = choice === undefined ? await runSeed(seed) : await runDay(seed, choice, { isEarly: !isLater })
    if (violation === null) continue
    failed += 1
    say(`regression "${name}"`)
    sayFailure({ seed, violation })
  }
  return failed
}

function totals(passed: number, failed: number): number {
  say(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

setMaxListeners(0)
process.exitCode = await main()
