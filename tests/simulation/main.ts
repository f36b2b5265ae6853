// npm run simulate -- --seeds 10000 [--from 1] [--workers 2] [--resume] | --seed 42 [--trace] [--shrink] | --exhaustive | --canary
import { setMaxListeners } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { tellAllStories } from './exhaustive'
import { runPool } from './pool'
import type { ChunkDone } from './pool'
import { REGRESSIONS } from './regressions'
import { runSeed } from './run-seed'
import { shrinkSeed } from './shrink'
import { SEEDS_FOR_ALL_MARKS, WANTED_MARKS } from './wanted-marks'

/**
 * What `npm test` runs: with all faults, but fewer than 10,000, because a seed of the whole product takes tens of
 * milliseconds. On a busy machine it ends after the time limit, with what it has, before its stage is stopped hard.
 */
const DEFAULT_SEEDS = 300
const DEFAULT_LIMIT_MS = 200_000
const PROGRESS_FILE = '.data/simulation.json'
const TRACE_LINES = 400
const SHOWN_FAILURES = 10
/** A canary that lives so long is not found: the checks are blind. */
const CANARY_SEEDS = 200
const REPORT_EVERY_MS = 10_000
/** More say nothing new. */
const FAILURES_MAX = 1000

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    workers: { type: 'string' },
    trace: { type: 'boolean' },
    shrink: { type: 'boolean' },
    resume: { type: 'boolean' },
    exhaustive: { type: 'boolean' },
    canary: { type: 'boolean' },
  },
})

const say = (text: string): void => void process.stdout.write(`${text}\n`)

async function main(): Promise<number> {
  if (values.exhaustive === true) return exhaustive()
  if (values.seed !== undefined) return oneSeed(Number(values.seed))
  if (values.canary === true) return canary()
  return manySeeds()
}

async function oneSeed(seed: number): Promise<number> {
  const result = await runSeed(seed, { traceLines: values.trace === true ? 1_000_000 : TRACE_LINES })
  if (values.trace === true) for (const line of result.trace) say(line)
  say(`seed ${seed}: ${result.hash}, ${result.scans} scans, ${result.faults} faults, ${result.steps} steps, ${result.messages} messages`)
  if (result.violation === null) return totals(1, 0)
  if (values.trace !== true) for (const line of result.trace) say(line)
  sayFailure(seed, result.violation)
  if (values.shrink === true) await sayShrunk(seed)
  return totals(0, 1)
}

function sayFailure(seed: number, { invariant, at, text }: ChunkDone['failures'][number]['violation']): void {
  say(`VIOLATION of ${invariant}, SEED=${seed}, at ${at.toFixed(0)} ms: ${text}`)
}

async function sayShrunk(seed: number): Promise<void> {
  const failed = await runSeed(seed)
  const { script, runs, result } = await shrinkSeed(failed)
  say(`shrunk in ${runs} runs to ${script.swarm.devices} devices × ${script.swarm.tabs} windows, ${script.faults.length} faults, ${script.actions?.length ?? 0} actions:`)
  if (result.violation !== null) sayFailure(seed, result.violation)
  for (const { at, fault } of script.faults) say(`  ${String(at).padStart(8)} fault  ${JSON.stringify(fault)}`)
  for (const { at, action } of script.actions ?? []) say(`  ${at.toFixed(0).padStart(8)} action ${JSON.stringify(action)}`)
  say(`  network ${JSON.stringify(script.swarm.network)}`)
  say(`  storage ${JSON.stringify(script.swarm.storage)}`)
}

async function exhaustive(): Promise<number> {
  const startedAt = performance.now()
  const { cases, failures } = await tellAllStories((done, all) => say(`${done} of about ${all} stories, ${eta(startedAt, done, all)}`))
  for (const { story, violation } of failures.slice(0, SHOWN_FAILURES)) say(`${JSON.stringify(story)}: ${violation.invariant} ${violation.text}`)
  say(`${cases} stories in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
  return totals(cases - failures.length, failures.length)
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

interface Sums {
  seeds: number
  scans: number
  faults: number
  steps: number
  messages: number
  twice: number
  marks: Record<string, number>
  failures: ChunkDone['failures']
  /** First seeds of chunks that are done, for going on after a break. */
  next: number
}

async function manySeeds(): Promise<number> {
  const seeds = Number(values.seeds ?? DEFAULT_SEEDS)
  const first = Number(values.from ?? 1)
  const workers = Number(values.workers ?? availableParallelism())
  const sums = values.resume === true ? readProgress(first) : freshSums(first)
  const startedAt = performance.now()
  const before = sums.seeds
  let reportedAt = startedAt
  const regressed = await runRegressions()
  const pending = new Map<number, number>()
  await runPool({
    from: sums.next,
    seeds: first + seeds - sums.next,
    workers,
    isCanary: false,
    onChunk(done) {
      add(sums, done)
      pending.set(done.from, done.seeds)
      for (let count = pending.get(sums.next); count !== undefined; count = pending.get(sums.next)) {
        pending.delete(sums.next)
        sums.next += count
      }
      for (const { seed, violation } of done.failures.slice(0, SHOWN_FAILURES)) sayFailure(seed, violation)
      if (performance.now() - reportedAt > REPORT_EVERY_MS) {
        reportedAt = performance.now()
        say(`${sums.seeds} of ${seeds} seeds, ${sums.failures.length} violations, ${eta(startedAt, sums.seeds - before, seeds - before)}`)
        if (seeds > SEEDS_FOR_ALL_MARKS) writeProgress(sums)
      }
      return sums.failures.length < FAILURES_MAX && (values.seeds !== undefined || performance.now() - startedAt < DEFAULT_LIMIT_MS)
    },
  })
  const missing = WANTED_MARKS.filter((mark) => sums.marks[mark] === undefined)
  const seconds = (performance.now() - startedAt) / 1000
  say(`seeds ${sums.seeds}, scans ${sums.scans}, faults ${sums.faults}, messages ${sums.messages}, steps ${sums.steps}, run twice ${sums.twice}, violations ${sums.failures.length}, ${seconds.toFixed(1)} s (${((sums.seeds - before) / seconds).toFixed(0)} seeds/s)`)
  say(`marks ${WANTED_MARKS.length - missing.length} of ${WANTED_MARKS.length}${missing.length > 0 ? `; never: ${missing.join(', ')}` : ''}`)
  const [worst] = sums.failures.toSorted((a, b) => a.seed - b.seed)
  if (worst !== undefined) {
    sayFailure(worst.seed, worst.violation)
    await sayShrunk(worst.seed)
  }
  const isMarkless = seeds >= SEEDS_FOR_ALL_MARKS && missing.length > 0
  return totals(sums.seeds - sums.failures.length + REGRESSIONS.length - regressed, sums.failures.length + regressed + (isMarkless ? 1 : 0))
}

async function runRegressions(): Promise<number> {
  let failed = 0
  for (const { name, seed } of REGRESSIONS) {
    const { violation } = await runSeed(seed)
    if (violation === null) continue
    failed += 1
    say(`regression "${name}"`)
    sayFailure(seed, violation)
  }
  return failed
}

function freshSums(next: number): Sums {
  return { seeds: 0, scans: 0, faults: 0, steps: 0, messages: 0, twice: 0, marks: {}, failures: [], next }
}

function readProgress(first: number): Sums {
  return existsSync(PROGRESS_FILE) ? (JSON.parse(readFileSync(PROGRESS_FILE, 'utf8')) as Sums) : freshSums(first)
}

function writeProgress(sums: Sums): void {
  mkdirSync(path.dirname(PROGRESS_FILE), { recursive: true })
  writeFileSync(PROGRESS_FILE, JSON.stringify(sums))
}

function add(sums: Sums, done: ChunkDone): void {
  for (const key of ['seeds', 'scans', 'faults', 'steps', 'messages', 'twice'] as const) sums[key] += done[key]
  for (const [mark, count] of Object.entries(done.marks)) sums.marks[mark] = (sums.marks[mark] ?? 0) + count
  sums.failures.push(...done.failures)
}

function eta(startedAt: number, done: number, all: number): string {
  const seconds = (performance.now() - startedAt) / 1000
  const left = done === 0 ? 0 : (seconds / done) * (all - done)
  return `${(done / seconds).toFixed(1)}/s, ${left < 120 ? `${left.toFixed(0)} s` : `${(left / 60).toFixed(0)} min`} left`
}

function totals(passed: number, failed: number): number {
  say(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

setMaxListeners(0)
process.exitCode = await main()
