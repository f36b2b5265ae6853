// A long run in parts: adds up what the processes report, says how far it is, and can go on after a break.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { timeLeft } from '../support/progress'
import { runPool } from './pool'
import type { ChunkDone, Work } from './pool'

const REPORT_EVERY_MS = 10_000
/** More say nothing new. Of one part of the run: whoever goes on wants the rest. */
const FAILURES_MAX = 1000

export interface Sums {
  done: number
  scans: number
  faults: number
  steps: number
  messages: number
  twice: number
  told: number
  /** Over all parts of the run. */
  seconds: number
  marks: Record<string, number>
  failures: ChunkDone['failures']
  /** All before this one are in the sums: where the run goes on after a break. */
  next: number
}

export interface LongRun {
  readonly work: Work
  readonly from: number
  readonly count: number
  readonly workers: number
  /** null: a short run, nothing is kept. */
  readonly progressFile: string | null
  readonly isResumed: boolean
  /** Stands for the program as it is: what another one found out says nothing about this one. */
  readonly program: string
  /** Ends after so long, with what it has. */
  readonly limitMs: number
  readonly say: (text: string) => void
  readonly onFailure: (failure: ChunkDone['failures'][number]) => void
}

/** @param pool spreads the work; tests hand in their own */
export async function runLong(run: LongRun, pool: typeof runPool = runPool): Promise<Sums> {
  const sums = (run.isResumed ? readProgress(run) : null) ?? freshSums(run.from)
  const [startedAt, secondsBefore, doneBefore, failuresBefore] = [performance.now(), sums.seconds, sums.done, sums.failures.length]
  let reportedAt = startedAt
  // Done, but something before them is not: they count once it is, so that nothing counts twice after a break.
  const early = new Map<number, ChunkDone>()
  await pool({
    work: run.work,
    from: sums.next,
    count: run.from + run.count - sums.next,
    workers: run.workers,
    onChunk(done) {
      for (const failure of done.failures) run.onFailure(failure)
      early.set(done.from, done)
      addInOrder(sums, early)
      sums.seconds = secondsBefore + (performance.now() - startedAt) / 1000
      if (performance.now() - reportedAt > REPORT_EVERY_MS) {
        reportedAt = performance.now()
        run.say(`${sums.done} of ${run.count} ${run.work.what}, ${sums.failures.length} violations, ${eta(startedAt, sums.done - doneBefore, run.count - doneBefore)}`)
        writeProgress(run, sums)
      }
      return sums.failures.length - failuresBefore < FAILURES_MAX && performance.now() - startedAt < run.limitMs
    },
  })
  // What was done early is told, and not kept: it would count once more when the run goes on from `next`.
  writeProgress(run, sums)
  for (const done of early.values()) add(sums, done)
  return sums
}

function addInOrder(sums: Sums, early: Map<number, ChunkDone>): void {
  for (let done = early.get(sums.next); done !== undefined; done = early.get(sums.next)) {
    early.delete(done.from)
    add(sums, done)
    sums.next += done.count
  }
}

function add(sums: Sums, done: ChunkDone): void {
  sums.done += done.count
  for (const key of ['scans', 'faults', 'steps', 'messages', 'twice', 'told'] as const) sums[key] += done[key]
  for (const [mark, count] of Object.entries(done.marks)) sums.marks[mark] = (sums.marks[mark] ?? 0) + count
  sums.failures.push(...done.failures)
}

function freshSums(next: number): Sums {
  return { done: 0, scans: 0, faults: 0, steps: 0, messages: 0, twice: 0, told: 0, seconds: 0, marks: {}, failures: [], next }
}

/** A run of something else, or of another program, is not gone on with. */
function keyOf({ work, from, count, program }: LongRun): string {
  return JSON.stringify([work, from, count, program])
}

function readProgress(run: LongRun): Sums | null {
  if (run.progressFile === null || !existsSync(run.progressFile)) return null
  const { key, sums } = JSON.parse(readFileSync(run.progressFile, 'utf8')) as { key: string; sums: Sums }
  if (key === keyOf(run)) return sums
  run.say(`The run of ${run.progressFile} was another one, or of another program: it begins anew`)
  return null
}

function writeProgress(run: LongRun, sums: Sums): void {
  if (run.progressFile === null) return
  mkdirSync(path.dirname(run.progressFile), { recursive: true })
  writeFileSync(run.progressFile, JSON.stringify({ key: keyOf(run), sums }))
}

function eta(startedAt: number, done: number, all: number): string {
  const seconds = (performance.now() - startedAt) / 1000
  return `${(done / seconds).toFixed(1)}/s, ${timeLeft(seconds, done, all)} left`
}
