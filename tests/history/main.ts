// `npm run test:history`: records a history and judges it; exits 1 at a broken rule. `--help` says how.
import { writeFileSync } from 'node:fs'
import { readCommandOrExit } from '../support/command-line'
import { runHistory } from './run-history'

const { clients, seconds, seed, out } = readCommandOrExit({
  name: 'npm run test:history',
  says: 'Real engines count against the real server over a bad network; what they saw is judged afterwards.',
  options: {
    clients: { kind: 'whole', min: 1, max: 100, default: 5, says: 'devices' },
    seconds: { kind: 'number', min: 1, max: 86_400, default: 60, says: 'how long they count' },
    seed: { kind: 'whole', min: 0, max: 2 ** 31, default: 1, says: 'what people, network and server do is drawn from it' },
    out: { kind: 'text', value: 'a file', says: 'where the history is written, line by line' },
  },
})
const databaseUrl = process.env['DATABASE_URL']

const { entries, problems, faults, kills } = await runHistory({
  clients,
  seconds,
  seed,
  say: console.log,
  ...(databaseUrl === undefined ? {} : { databaseUrl }),
})
if (out !== undefined)
  writeFileSync(out, entries.map((it) => `${JSON.stringify(it)}\n`).join(''))
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
