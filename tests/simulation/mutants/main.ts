// npm run simulate:mutants; `--help` says how.
// Plants each bug into the real source and runs the simulator until an invariant catches it. A bug that survives fails, and
// one that is caught by something else than what is written down; with --recorded also a seed that fails without any bug.
import { fork } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCommandOrExit } from '../../support/command-line'
import { isLater as isLaterSeed } from '../later'
import { bundleSimulation } from './bundle'
import type { HuntAsked, HuntDone } from './hunt'
import { MUTANTS, type Mutant } from './mutants'
import { seedsFrom, seedsOf, verdictOn } from './record'
import type { CatchRecord } from './record'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const BUNDLES = join(ROOT, '.data/mutants')
const RECORD = join(ROOT, 'tests/simulation/mutants/seeds.json')
/** A bug that lives longer than this is not found. */
const SEEDS_MAX = 2000
/** A hunt that takes longer hangs. */
const HUNT_LIMIT_MS = 900_000
const MEDIAN_WANTED = 30

interface Hunted {
  readonly mutant: Mutant
  readonly done: HuntDone
  readonly seconds: number
}

const values = readCommandOrExit({
  name: 'npm run simulate:mutants',
  says: 'Plants each bug into the real source: an invariant must catch it.',
  options: {
    recorded: { kind: 'flag', says: 'each on the seed that is written down for it, and no other' },
    only: { kind: 'list', of: MUTANTS.map((it) => it.name), says: 'these bugs' },
    seeds: { kind: 'whole', min: 1, max: 1_000_000, default: SEEDS_MAX, says: 'how many seeds a bug may live' },
    write: { kind: 'flag', says: 'write down which seed and which invariant catch it' },
  },
})

const say = (text: string): void => void process.stdout.write(`${text}\n`)

async function main(): Promise<void> {
  const names = values.only
  const named = names === undefined ? MUTANTS : MUTANTS.filter((it) => names.includes(it.name))
  const record = JSON.parse(readFileSync(RECORD, 'utf8')) as CatchRecord
  mkdirSync(BUNDLES, { recursive: true })
  const hunted: Hunted[] = []
  let isSound = true
  const works = named.map((mutant) => async (): Promise<void> => {
    const found = await huntOne(mutant, record)
    hunted.push(found)
    report(found, record)
  })
  // A seed that fails without any bug catches nothing.
  if (values.recorded && names === undefined)
    works.unshift(async () => void (isSound = await isClean(record)))
  try {
    await inParallel(works)
  } finally {
    rmSync(BUNDLES, { recursive: true, force: true })
  }
  conclude(hunted, record, isSound)
}

async function isClean(record: CatchRecord): Promise<boolean> {
  const program = join(BUNDLES, 'no-bug.mjs')
  await bundleSimulation(ROOT, null, program)
  const isDay = new Set(MUTANTS.filter((it) => it.isLater === true).map((it) => it.name))
  const recordOf = (isWanted: (name: string) => boolean): readonly number[] => seedsOf(Object.fromEntries(Object.entries(record).filter(([name]) => isWanted(name))))
  const seeds = recordOf((name) => !isDay.has(name))
  const days = recordOf((name) => isDay.has(name))
  const startedAt = performance.now()
  const storms = await hunt(program, { seeds })
  const done = storms.kind === 'caught' ? storms : await hunt(program, { seeds: days, isLater: true })
  if (done.kind === 'caught')
    say(
      `UNSOUND  without any bug seed ${done.seed} fails: ${done.violation.invariant} ${done.violation.text}`,
    )
  else
    say(
      `clean    without any bug on all ${seeds.length + days.length} seeds that catch one, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
    )
  return done.kind === 'survived'
}

async function huntOne(mutant: Mutant, record: CatchRecord): Promise<Hunted> {
  const startedAt = performance.now()
  const program = join(BUNDLES, `${mutant.name}.mjs`)
  await bundleSimulation(ROOT, mutant, program)
  const done = await huntIn(program, mutant, record[mutant.name]?.seed ?? null)
  return { mutant, done, seconds: (performance.now() - startedAt) / 1000 }
}

/** Recorded: on the seed that caught it before, and no other. Else from the first seed on. */
function huntIn(program: string, { proves, isLater }: Mutant, recorded: number | null): Promise<HuntDone> {
  const all = (): readonly number[] => seedsFrom(1, values.seeds)
  if (!values.recorded)
    return hunt(program, { seeds: isLater === true ? all().filter(isLaterSeed) : all(), proves, isLater })
  return recorded === null
    ? Promise.resolve({ kind: 'survived' })
    : hunt(program, { seeds: [recorded], proves, isLater })
}

function hunt(program: string, asked: HuntAsked): Promise<HuntDone> {
  return new Promise((resolve, reject) => {
    // The program is plain JavaScript: without the loader that runs this file it starts in no time.
    const child = fork(program, { execArgv: [] })
    const limit = setTimeout(
      () => settle(() => reject(new Error(`${program}: the hunt did not end`))),
      HUNT_LIMIT_MS,
    )
    const settle = (end: () => void): void => {
      clearTimeout(limit)
      child.removeAllListeners()
      child.kill()
      end()
    }
    child.once('message', (done: HuntDone) => settle(() => resolve(done)))
    child.once('exit', (code) =>
      settle(() => reject(new Error(`${program}: the hunt ended with ${code}`))),
    )
    child.once('error', (error) => settle(() => reject(error)))
    child.send(asked)
  })
}

async function inParallel(works: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = [...works]
  const turn = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next()
  }
  await Promise.all(Array.from({ length: availableParallelism() }, turn))
}

function report({ mutant, done, seconds }: Hunted, record: CatchRecord): void {
  const took = `${seconds.toFixed(1)} s`
  if (done.kind === 'survived') return say(`SURVIVED ${mutant.name}: ${mutant.says} (${took})`)
  const caught = `${mutant.name}: seed ${done.seed}, ${done.violation.invariant}, ${took}`
  if (verdictOn(mutant.name, done, record) === 'as-recorded') return say(`caught   ${caught}`)
  const known = record[mutant.name]
  say(
    `${values.write ? 'new    ' : 'CHANGED'}  ${caught}; written down: ${known === undefined ? 'nothing' : `seed ${known.seed}, ${known.invariant}`}. ${done.violation.text.split('\n')[0] ?? ''}`,
  )
}

function conclude(hunted: readonly Hunted[], record: CatchRecord, isSound: boolean): void {
  const caught = hunted.flatMap(({ mutant, done }) =>
    done.kind === 'caught' ? [{ mutant, ...done }] : [],
  )
  const seeds = caught.map((it) => it.seed).toSorted((a, b) => a - b)
  const median = seeds[Math.floor(seeds.length / 2)] ?? 0
  say(
    `${caught.length} of ${hunted.length} planted bugs caught; median seed ${median} (wanted: ${MEDIAN_WANTED} at most)`,
  )
  if (values.write) {
    const found = caught.map(
      ({ mutant, seed, violation }) =>
        [mutant.name, { seed, invariant: violation.invariant }] as const,
    )
    const all: CatchRecord = { ...record, ...Object.fromEntries(found) }
    const names = MUTANTS.map((it) => it.name).filter((name) => name in all)
    writeFileSync(
      RECORD,
      `${JSON.stringify(Object.fromEntries(names.map((name) => [name, all[name]])), null, 2)}\n`,
    )
  }
  // A few by name say nothing about the median.
  const isSlow = values.only === undefined && median > MEDIAN_WANTED
  const passed =
    values.write
      ? caught
      : caught.filter(
          ({ mutant, ...done }) => verdictOn(mutant.name, done, record) === 'as-recorded',
        )
  const failed = hunted.length - passed.length + (isSlow ? 1 : 0) + (isSound ? 0 : 1)
  say(`${passed.length} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

await main()
