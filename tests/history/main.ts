// `npm run test:history -- --clients 5 --seconds 60 --seed 1 [--out file]`: records a history and judges it; exits 1 at a broken rule.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runHistory } from './run-history'

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
})
const [clients, seconds, seed] = (['clients', 'seconds', 'seed'] as const).map((name) => {
  const value = Number(values[name])
  if (!(value > 0)) throw new Error(`--${name} is a number above 0`)
  return value
}) as [number, number, number]
const databaseUrl = process.env['DATABASE_URL']

const { entries, problems, faults, kills } = await runHistory({
  clients,
  seconds,
  seed,
  ...(databaseUrl === undefined ? {} : { databaseUrl }),
})
if (values.out !== undefined)
  writeFileSync(values.out, entries.map((it) => `${JSON.stringify(it)}\n`).join(''))
const count = (op: string, kind: string): number =>
  entries.filter((it) => it.op === op && it.kind === kind).length
for (const op of ['scan', 'undo', 'lock', 'push', 'submit', 'read'])
  console.log(
    `${op}: ${count(op, 'ok')} ok, ${count(op, 'fail')} refused, ${count(op, 'unknown')} without an answer`,
  )
console.log(
  `faults: ${[...faults].map(([fault, times]) => `${fault} ${times}`).join(', ')}; server killed ${kills} time`,
)
for (const problem of problems) console.error(problem)
console.log(
  problems.length === 0
    ? `seed ${seed}: the history is right`
    : `seed ${seed}: ${problems.length} rules broken`,
)
process.exitCode = problems.length === 0 ? 0 : 1
