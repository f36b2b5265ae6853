// `npm run contract`: points the contract suite at a server and says what it found.
import { readCommandOrExit, WRONG_USE } from '../support/command-line'
import type { Target } from './client'
import { runContract } from './suite'

const { 'base-url': baseUrl, username, password, profile, 'app-origin': appOrigin } = readCommandOrExit({
  name: 'npm run contract',
  says: 'Points the contract suite at a server and says what it found.',
  options: {
    'base-url': { kind: 'text', value: 'an origin', says: 'of the server; always needed' },
    username: { kind: 'text', value: 'a name', says: 'who signs in; always needed' },
    password: { kind: 'text', value: 'a password', says: 'with what; always needed' },
    profile: { kind: 'choice', of: ['extended', 'hotwax'], default: 'extended', says: 'what the server is' },
    'app-origin': { kind: 'text', value: 'an origin', says: 'of the app, where it is another one' },
  },
})

if (baseUrl === undefined || username === undefined || password === undefined) {
  process.stderr.write('--base-url, --username and --password are needed. All options: npm run contract -- --help\n')
  process.exitCode = WRONG_USE
} else {
  const target: Target = { baseUrl, username, password, profile, ...(appOrigin === undefined ? {} : { appOrigin }) }
  const outcomes = await runContract(target, ({ title, problem }) => {
    process.stdout.write(problem === null ? `✓ ${title}\n` : `✗ ${title}\n  ${problem}\n`)
  })
  const failed = outcomes.filter((it) => it.problem !== null).length
  process.stdout.write(`${outcomes.length - failed} passed, ${failed} failed\n`)
  process.exitCode = failed === 0 ? 0 : 1
}
