// Runs seeds or stories in a process of its own and tells its parent: one line of results per chunk, whole results of failures.
import { setMaxListeners } from 'node:events'
import { runDay } from './day'
import type { WorkloadChoice } from './day'
import { allStories, StoryTeller } from './exhaustive'
import type { Story } from './exhaustive'
import { useLightAborts } from './light-aborts'
import type { SeedResult } from './run-seed'
import type { ChunkAsked, ChunkDone } from './pool'

// Aborts and refusals are made by the thousand; where they were made is in the trace of the one seed that fails.
Error.stackTraceLimit = 0
setMaxListeners(0)
useLightAborts()

/** One seed of so many is run twice and must take the same way. */
const TWICE_EVERY = 100

let stories: readonly Story[] | null = null
const teller = new StoryTeller()

process.on('message', (asked: ChunkAsked) => {
  void runChunk(asked).then((done) => process.send?.(done))
})

async function runChunk({ work, from, count }: ChunkAsked): Promise<ChunkDone> {
  const done: ChunkDone = { from, count, scans: 0, faults: 0, steps: 0, messages: 0, marks: {}, failures: [], twice: 0, told: 0 }
  for (let nth = from; nth < from + count; nth++) {
    if (work.what === 'seeds') await addSeed(done, nth, work.workload)
    else await addStory(done, nth)
  }
  return done
}

async function addSeed(done: ChunkDone, seed: number, workload: WorkloadChoice): Promise<void> {
  const result = await runDay(seed, workload)
  add(done, result)
  if (seed % TWICE_EVERY !== 0) return
  done.twice += 1
  const again = await runDay(seed, workload)
  if (again.hash === result.hash) return
  const violation = { invariant: 'SIM', at: 0, text: `not deterministic: ${result.hash}, then ${again.hash}` }
  done.failures.push({ seed, violation })
}

async function addStory(done: ChunkDone, nth: number): Promise<void> {
  stories ??= await allStories()
  const story = stories[nth]
  if (story === undefined) throw new RangeError(`There is no story ${nth}`)
  const before = teller.told
  const { violation, messages } = await teller.tell(story)
  done.told += teller.told - before
  done.messages += messages
  if (violation !== null) done.failures.push({ seed: nth, violation })
}

function add(done: ChunkDone, { seed, violation, scans, faults, steps, messages, marks }: SeedResult): void {
  done.scans += scans
  done.faults += faults
  done.steps += steps
  done.messages += messages
  for (const [mark, count] of Object.entries(marks)) done.marks[mark] = (done.marks[mark] ?? 0) + count
  if (violation !== null) done.failures.push({ seed, violation })
}
