// `npm run fuzz -- --runs N [--seed S] [--only text] [--profile extended|hotwax]`: N hostile requests at every route; exits 1 at a failure.
import { parseArgs } from 'node:util'
import type { ServerProfile } from '../../server-mock/http/context'
import { fuzzRoute, routeName } from './fuzz-route'
import { startFuzzTarget } from './target'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    profile: { type: 'string' },
  },
})
const runs = Number(values.runs)
const seed = Number(values.seed)
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed))
  throw new Error('--runs and --seed are whole numbers')

let failed = 0
let fired = 0
for (const profile of ['extended', 'hotwax'] satisfies ServerProfile[]) {
  if (values.profile !== undefined && values.profile !== profile) continue
  const target = await startFuzzTarget(profile)
  for (const route of target.routes) {
    const name = routeName(route)
    if (!name.includes(values.only)) continue
    try {
      const statuses = [...(await fuzzRoute(target, route, { runs, seed }))].toSorted(
        ([a], [b]) => a - b,
      )
      fired += runs
      console.log(
        `${profile} ${name}: ${statuses.map(([status, times]) => `${status}×${times}`).join(' ')}`,
      )
    } catch (error) {
      failed += 1
      console.error(
        `${profile} ${name} FAILED\n${String(error)}\n${error instanceof Error ? String(error.cause) : ''}`,
      )
    }
  }
  await target.close()
}
console.log(`${fired} hostile requests, seed ${seed}: ${failed} routes failed`)
process.exitCode = failed === 0 && fired > 0 ? 0 : 1
