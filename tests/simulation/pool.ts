// Spreads seeds over processes, one per core, and adds up what they report.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Violation } from './oracle'

export interface ChunkAsked {
  readonly from: number
  readonly count: number
  readonly isCanary: boolean
}

export interface ChunkDone {
  readonly from: number
  seeds: number
  scans: number
  faults: number
  steps: number
  messages: number
  readonly marks: Record<string, number>
  readonly failures: { readonly seed: number; readonly violation: Violation }[]
  /** Seeds that were run twice. */
  twice: number
  readonly ms: number
}

export interface PoolOptions {
  readonly from: number
  readonly seeds: number
  readonly workers: number
  readonly isCanary: boolean
  /** Chunks come in any order. @returns false to stop */
  readonly onChunk: (done: ChunkDone) => boolean
}

const CHUNK = 20
/** A chunk that takes longer hangs: seeds end by themselves. */
const CHUNK_LIMIT_MS = 600_000

/** Runs all seeds, in chunks. @throws when a process dies or hangs */
export async function runPool({ from, seeds, workers, isCanary, onChunk }: PoolOptions): Promise<void> {
  let next = from
  const end = from + seeds
  let isStopped = false
  const work = async (): Promise<void> => {
    const child = fork(fileURLToPath(new URL('./work.ts', import.meta.url)), { execArgv: process.execArgv })
    try {
      while (next < end && !isStopped) {
        const asked: ChunkAsked = { from: next, count: Math.min(CHUNK, end - next), isCanary }
        next += asked.count
        if (!onChunk(await ask(child, asked))) isStopped = true
      }
    } finally {
      child.kill()
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
}

function ask(child: ChildProcess, asked: ChunkAsked): Promise<ChunkDone> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => settle(() => reject(new Error(`Seeds from ${asked.from} do not end`))), CHUNK_LIMIT_MS)
    const onDone = (done: ChunkDone): void => settle(() => resolve(done))
    const onExit = (code: number | null): void => settle(() => reject(new Error(`The process of seeds from ${asked.from} ended with ${code}`)))
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
