// Kills a browser that scans, in many ways and at chosen moments: no acknowledged scan may be missing, none counted twice.
import { readCommandOrExit } from '../../tests/support/command-line'
import { exitOnSignals } from '../support/tidy-exit'
import type { Bench } from './bench'
import { closeBench, prepareBench, settleBench } from './bench'
import type { Plan } from './plan'
import { planRounds } from './plan'
import { runRound } from './round'

const ROUNDS_MAX = 10_000
const MANY_ROUNDS = 50
const SEED_MAX = 2 ** 31
/** A browser hardly ever deletes a database; when it does so again and again there is nothing to learn from more of it. */
const LOST_DEVICES_MAX = 5

function readArguments(): { readonly rounds: number; readonly seed: number } {
  const { rounds, seed = Math.floor(Math.random() * SEED_MAX) } = readCommandOrExit({
    name: 'npm run test:kill',
    says: 'Kills a browser that scans, in many ways and at chosen moments: no acknowledged scan may be missing, none counted twice.',
    options: {
      rounds: { kind: 'whole', min: 1, max: ROUNDS_MAX, default: 10, says: 'deaths' },
      seed: { kind: 'whole', min: 0, max: SEED_MAX, says: 'what they are drawn from; else another one each time' },
    },
  })
  return { rounds, seed }
}

interface Totals {
  passed: number
  failed: number
  typed: number
  acknowledged: number
  /** Rounds that died in the moment that was aimed at, by kind and moment. */
  readonly met: Map<string, number>
}

async function main(): Promise<void> {
  const { rounds, seed } = readArguments()
  console.log(`${rounds} rounds, --seed ${seed}`)
  const startedAt = Date.now()
  const totals: Totals = { passed: 0, failed: 0, typed: 0, acknowledged: 0, met: new Map() }
  const plans = planRounds(seed)
  // A device that lost its database fails its round, and the rest of the run goes on with another one.
  for (let done = 0, lives = 1; done < rounds; lives += 1) {
    if (lives > LOST_DEVICES_MAX) throw new Error(`${LOST_DEVICES_MAX} devices have lost their databases`)
    done = await runOneDevice(plans, { from: done, rounds }, totals)
  }
  report(totals, 'the deaths had something to take', vacuity(totals, rounds))
  for (const [name, times] of [...totals.met].toSorted()) console.log(`     ${name}: ${times}`)
  console.log(
    `${rounds} deaths, ${totals.typed} scans, ${totals.acknowledged} acknowledged, ${Math.round((Date.now() - startedAt) / 1000)} s, --seed ${seed}`,
  )
  console.log(`${totals.passed} passed, ${totals.failed} failed`)
  process.exitCode = totals.failed === 0 ? 0 : 1
}

/** @returns the number of the last round that was done */
async function runOneDevice(plans: Generator<Plan, void>, { from, rounds }: { from: number; rounds: number }, totals: Totals): Promise<number> {
  const bench = await prepareBench()
  try {
    const done = await runRounds(bench, plans, { from, rounds }, totals)
    totals.acknowledged += bench.acknowledged.size
    if (done === rounds) report(totals, 'in the end the server holds what the device holds', await guarded(() => settleBench(bench)))
    return done
  } finally {
    await closeBench(bench)
  }
}

/** A run that acknowledged nothing, or a long one that mostly missed its moments, proves nothing. */
function vacuity({ met, acknowledged }: Totals, rounds: number): readonly string[] {
  if (acknowledged === 0) return ['not one scan was acknowledged']
  const times = [...met.values()].reduce((sum, it) => sum + it, 0)
  return rounds >= MANY_ROUNDS && times < rounds / 2 ? [`only ${times} of ${rounds} deaths came in their moment`] : []
}

/** Until all are done or the device has lost its database. @returns the number of the last one */
async function runRounds(bench: Bench, plans: Generator<Plan, void>, { from, rounds }: { from: number; rounds: number }, totals: Totals): Promise<number> {
  let typedHere = 0
  for (let nth = from + 1; nth <= rounds; nth += 1) {
    const plan = plans.next().value
    if (plan === undefined) throw new Error('The plan has no end')
    const { typed, hasMet, problems, isGone } = await runRound(bench, plan, typedHere)
    typedHere += typed
    totals.typed += typed
    const name = `${plan.death} in ${plan.moment}`
    if (hasMet) totals.met.set(name, (totals.met.get(name) ?? 0) + 1)
    const where = `${plan.isOffline ? ' without the server' : ''}${hasMet ? '' : ' (moment missed)'}`
    report(totals, `${nth}: ${name}${where}, ${typed} scanned, ${bench.acknowledged.size} acknowledged so far`, problems)
    if (isGone) return nth
  }
  return rounds
}

function report(totals: Totals, name: string, problems: readonly string[]): void {
  if (problems.length === 0) totals.passed += 1
  else totals.failed += 1
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}`)
  for (const problem of problems) console.log(`     ${problem}`)
}

async function guarded(work: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await work()
  } catch (problem) {
    return [String(problem)]
  }
}

exitOnSignals()
await main()
