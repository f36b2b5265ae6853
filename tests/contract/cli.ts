// `npm run contract`: points the contract suite at a server and says what it found.
import { parseArgs } from 'node:util'
import type { Target } from './client'
import { runContract } from './suite'

const USAGE = `npm run contract -- --base-url <origin> --username <name> --password <password> [--profile hotwax|extended] [--app-origin <origin>]`

const { values } = parseArgs({
  options: {
    'base-url': { type: 'string' },
    username: { type: 'string' },
    password: { type: 'string' },
    profile: { type: 'string', default: 'extended' },
    'app-origin': { type: 'string' },
  },
})
const { 'base-url': baseUrl, username, password, profile, 'app-origin': appOrigin } = values

if (baseUrl === undefined || username === undefined || password === undefined || (profile !== 'hotwax' && profile !== 'extended')) {
  process.stderr.write(`${USAGE}\n`)
  process.exitCode = 2
} else {
  const target: Target = { baseUrl, username, password, profile, ...(appOrigin === undefined ? {} : { appOrigin }) }
  const outcomes = await runContract(target, ({ title, problem }) => {
    process.stdout.write(problem === null ? `✓ ${title}\n` : `✗ ${title}\n  ${problem}\n`)
  })
  const failed = outcomes.filter((it) => it.problem !== null).length
  process.stdout.write(`${outcomes.length - failed} passed, ${failed} failed\n`)
  process.exitCode = failed === 0 ? 0 : 1
}
