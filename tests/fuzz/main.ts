// `npm run fuzz`: so many hostile requests at every route; exits 1 at a failure. `--help` says how.
import type { ServerProfile } from '../../server-mock/http/context'
import { readCommandOrExit } from '../support/command-line'
import { fuzzRoute, routeName } from './fuzz-route'
import { startFuzzTarget } from './target'

const PROFILES = ['extended', 'hotwax'] as const satisfies readonly ServerProfile[]
const { runs, seed, only = '', profile: wanted } = readCommandOrExit({
  name: 'npm run fuzz',
  says: 'Hostile requests at every route of the server: never a 500, never a changed row.',
  options: {
    runs: { kind: 'whole', min: 1, max: 1_000_000_000, default: 1000, says: 'requests at each route' },
    seed: { kind: 'whole', min: 0, max: 2 ** 31, default: 1, says: 'what they are drawn from' },
    only: { kind: 'text', value: 'a part of a route', says: 'the routes with this in their names' },
    profile: { kind: 'choice', of: PROFILES, says: 'this profile of the server alone' },
  },
})

let failed = 0
let fired = 0
for (const profile of PROFILES) {
  if (wanted !== undefined && wanted !== profile) continue
  const target = await startFuzzTarget(profile)
  for (const route of target.routes) {
    const name = routeName(route)
    if (!name.includes(only)) continue
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
if (fired === 0) console.error(`Nothing was fired at: no route has ${only} in its name, or each failed at once`)
console.log(`${fired} hostile requests, seed ${seed}: ${failed} routes failed`)
process.exitCode = failed === 0 && fired > 0 ? 0 : 1
