// Runs seeds in a process of its own and tells its parent: one line of results per chunk, whole results of failures.
import { setMaxListeners } from 'node:events'
import { runSeed } from './run-seed'
import type { SeedResult } from './run-seed'
import type { ChunkAsked, ChunkDone } from './pool'

// Aborts and refusals are made by the thousand; where they were made is in the trace of the one seed that fails.
Error.stackTraceLimit = 0
setMaxListeners(0)

/** One seed of so many is run twice and must take the same way. */
const TWICE_EVERY = 100

process.on('message', (asked: ChunkAsked) => {
  void runChunk(asked).then((done) => process.send?.(done))
})

async function runChunk({ from, count, isCanary }: ChunkAsked): Promise<ChunkDone> {
  const startedAt = performance.now()
  const done: ChunkDone = { from, seeds: 0, scans: 0, faults: 0, steps: 0, messages: 0, marks: {}, failures: [], ms: 0, twice: 0 }
  for (let seed = from; seed < from + count; seed++) {
    const result = await runSeed(seed, { isCanary })
    add(done, result)
    if (seed % TWICE_EVERY !== 0) continue
    done.twice += 1
    const again = await runSeed(seed, { isCanary })
    if (again.hash === result.hash) continue
    const violation = { invariant: 'SIM', at: 0, text: `not deterministic: ${result.hash}, then ${again.hash}` }
    done.failures.push({ seed, violation })
  }
  return { ...done, ms: performance.now() - startedAt }
}

function add(done: ChunkDone, { seed, violation, scans, faults, steps, messages, marks }: SeedResult): void {
  done.seeds += 1
  done.scans += scans
  done.faults += faults
  done.steps += steps
  done.messages += messages
  for (const [mark, count] of Object.entries(marks)) done.marks[mark] = (done.marks[mark] ?? 0) + count
  if (violation !== null) done.failures.push({ seed, violation })
}
