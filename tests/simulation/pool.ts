// Spreads seeds or stories over processes, one per core, and adds up what they report.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WorkloadChoice } from './day'
import type { Violation } from './oracle'
import { buildProgram, fingerprintOf } from './program'

/** Seeds of one workload, or the stories of the exhaustive mode by their numbers. */
export type Work = { readonly what: 'seeds'; readonly workload: WorkloadChoice } | { readonly what: 'stories' }

export interface ChunkAsked {
  readonly work: Work
  readonly from: number
  readonly count: number
}

export interface ChunkDone {
  readonly from: number
  readonly count: number
  scans: number
  faults: number
  steps: number
  messages: number
  readonly marks: Record<string, number>
  /** `seed`: or the number of the story. */
  readonly failures: { readonly seed: number; readonly violation: Violation }[]
  /** Seeds that were run twice. */
  twice: number
  /** Stories that were told; the others are one of these again. */
  told: number
}

export interface PoolOptions {
  readonly work: Work
  readonly from: number
  readonly count: number
  readonly workers: number
  /** Chunks come in any order. @returns false to stop */
  readonly onChunk: (done: ChunkDone) => boolean
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const ENTRY = 'tests/simulation/work.ts'
/**
 * A seed leaves much behind that was short-lived: collected less often, more of it is dead by then. Each core has a
 * process of its own: helpers of the collector would only take its time.
 */
const MEMORY = ['--max-semi-space-size=64', '--single-threaded-gc']
const CHUNK = 20
/** A chunk that takes longer hangs: seeds end by themselves. */
const CHUNK_LIMIT_MS = 900_000

/** The simulator and the product as they are now, in a few letters. */
export const programNow = (): Promise<string> => fingerprintOf(ROOT, ENTRY)

/** Runs all of them, in chunks. @throws when a process dies or hangs */
export async function runPool({ work, from, count, workers, onChunk }: PoolOptions): Promise<void> {
  const program = path.join(ROOT, `.data/simulation-${process.pid}.mjs`)
  await buildProgram(ROOT, ENTRY, program)
  let next = from
  const end = from + count
  let isStopped = false
  const employ = async (): Promise<void> => {
    const child = fork(program, { execArgv: MEMORY })
    try {
      while (next < end && !isStopped) {
        const asked: ChunkAsked = { work, from: next, count: Math.min(CHUNK, end - next) }
        next += asked.count
        if (!onChunk(await ask(child, asked))) isStopped = true
      }
    } finally {
      child.kill()
    }
  }
  try {
    await Promise.all(Array.from({ length: workers }, employ))
  } finally {
    rmSync(program, { force: true })
  }
}

function ask(child: ChildProcess, asked: ChunkAsked): Promise<ChunkDone> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => settle(() => reject(new Error(`Nothing comes of ${asked.count} from ${asked.from}`))), CHUNK_LIMIT_MS)
    const onDone = (done: ChunkDone): void => settle(() => resolve(done))
    const onExit = (code: number | null): void => settle(() => reject(new Error(`The process of ${asked.count} from ${asked.from} ended with ${code}`)))
    function settle(run: () => void): void {
      clearTimeout(limit)
      child.off('message', onDone)
      child.off('exit', onExit)
      run()
    }
    child.on('message', onDone)
    child.on('exit', onExit)
    child.send(asked)
  })
}
