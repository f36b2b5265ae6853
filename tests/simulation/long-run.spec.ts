// A long run that is stopped and gone on with; and the stories, each by its number.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { allStories, StoryTeller, tellStory } from './exhaustive'
import { runLong } from './long-run'
import type { LongRun } from './long-run'
import type { ChunkDone, PoolOptions } from './pool'

// Two whole stories on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'long-run-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function aRun(more: Partial<LongRun> = {}): LongRun {
  return {
    work: { what: 'seeds', workload: 'both' },
    from: 1,
    count: 100,
    workers: 2,
    progressFile: path.join(folder, 'progress.json'),
    isResumed: true,
    program: 'as it was',
    limitMs: Infinity,
    say: () => undefined,
    onFailure: () => undefined,
    ...more,
  }
}

function chunk(from: number, count: number): ChunkDone {
  return { from, count, scans: count, faults: 0, steps: 0, messages: 0, marks: { a: count }, failures: [], twice: 0, told: 0 }
}

/** Ten at a time, the chunks of two workers in turn; dies after so many chunks. */
function poolThatDies(after: number, asked: number[] = []) {
  return async ({ from, count, onChunk }: PoolOptions): Promise<void> => {
    const starts = Array.from({ length: count / 10 }, (_, nth) => from + 10 * nth)
    // The second of each pair is quicker.
    const order = starts.flatMap((it, nth) => (nth % 2 === 0 ? (starts[nth + 1] ?? []) : (starts[nth - 1] ?? [])))
    asked.push(from)
    for (const [nth, it] of order.entries()) {
      if (nth === after) throw new Error('the power is gone')
      onChunk(chunk(it, 10))
    }
  }
}

describe('a long run', () => {
  it('[SM63] goes on where it was, and counts nothing twice', async () => {
    vi.spyOn(performance, 'now').mockImplementation(steps(11_000))
    const asked: number[] = []

    await expect(runLong(aRun(), poolThatDies(3, asked))).rejects.toThrow('the power is gone')
    const sums = await runLong(aRun(), poolThatDies(Infinity, asked))

    // 11 to 20, 1 to 10 and 31 to 40 were done: 21 to 30 were not, so that what came after them does not count yet.
    expect(asked).toEqual([1, 21])
    expect(sums).toMatchObject({ done: 100, scans: 100, marks: { a: 100 } })
    vi.restoreAllMocks()
  })

  it('[SM63] counts nothing twice after it has stopped over too many failures, whatever was under way then', async () => {
    const tens = Array.from({ length: 10 }, (_, nth) => chunk(10 * nth + 1, 10))

    const stopped = await runLong(aRun(), poolThatStops([failing(1, 10, 1000), chunk(31, 10)]))
    const sums = await runLong(aRun(), poolThatStops(tens))

    // It tells what it saw, and goes on behind what is done without a gap.
    expect(stopped).toMatchObject({ done: 20, scans: 20 })
    expect(sums).toMatchObject({ done: 100, scans: 100, marks: { a: 100 } })
    expect(sums.failures).toHaveLength(1000)
  })

  it.each<[string, Partial<LongRun>]>([
    ['something else was asked for', { work: { what: 'seeds', workload: 'storm' } }],
    ['the program is another one', { program: 'mended since' }],
  ])('[SM63] begins anew, and says so, when %s', async (_, more) => {
    vi.spyOn(performance, 'now').mockImplementation(steps(11_000))
    const asked: number[] = []

    await expect(runLong(aRun(), poolThatDies(3, asked))).rejects.toThrow('the power is gone')
    const said: string[] = []
    await runLong(aRun({ ...more, say: (text) => said.push(text) }), poolThatDies(Infinity, asked))

    expect(asked).toEqual([1, 1])
    expect(said.join()).toContain('begins anew')
    expect(JSON.parse(readFileSync(path.join(folder, 'progress.json'), 'utf8'))).toMatchObject({ sums: { done: 100 } })
    vi.restoreAllMocks()
  })
})

/** Stops when it is told to; what a worker has under way then still comes. */
function poolThatStops(order: readonly ChunkDone[]) {
  return async ({ from, count, onChunk }: PoolOptions): Promise<void> => {
    const asked = order.filter((it) => it.from >= from && it.from < from + count)
    let isStopped = false
    for (const done of asked) {
      if (isStopped) return void onChunk(done)
      isStopped = !onChunk(done)
    }
  }
}

function failing(from: number, count: number, failures: number): ChunkDone {
  const violation = { invariant: 'I1', at: 0, text: 'lost' }
  return { ...chunk(from, count), failures: Array.from({ length: failures }, () => ({ seed: from, violation })) }
}

/** A clock that goes on by so much each time it is read. */
function steps(ms: number): () => number {
  let now = 0
  return () => (now += ms)
}

describe('the stories', () => {
  it('[SM64] come in one order, all crash points with all fates, and none twice', async () => {
    const stories = await allStories()

    expect(stories.length).toBeGreaterThan(20_000)
    expect(await allStories()).toEqual(stories)
    expect(new Set(stories.map((it) => JSON.stringify(it))).size).toBe(stories.length)
  })

  it.each([
    ['a message that is never sent', { profile: 'extended', crash: { side: 'page', step: 0 }, message: 34, fate: 'lost-answer' }],
    ['a copy of a question', { profile: 'extended', crash: { side: 'worker', step: 40 }, message: 1, fate: 'duplicated' }],
    ['a crash after the last step', { profile: 'hotwax', crash: { side: 'worker', step: 282 }, message: 2, fate: 'lost-request' }],
  ] as const)('[SM77] are not told again when they are the same event for event: %s', async (_, story) => {
    const teller = new StoryTeller()

    const same = await teller.sameAs(story)

    expect(same).not.toEqual(story)
    expect((await teller.tell(story)).hash).toBe((await tellStory(story)).hash)
  })

  it('[SM77] are told when both their crash and their fate come about', async () => {
    const story = { profile: 'extended', crash: { side: 'worker', step: 120 }, message: 18, fate: 'lost-answer' } as const

    expect(await new StoryTeller().sameAs(story)).toBe(story)
  })
})
