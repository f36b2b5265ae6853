// What a command says of its options, and of a wrong one.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { readCommand } from '../support/command-line'

// A process that compiles the simulator on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const COMMAND = {
  name: 'npm run count',
  says: 'Counts things.',
  options: {
    things: { kind: 'whole', min: 1, max: 100, default: 10, says: 'how many' },
    seconds: { kind: 'number', min: 0.5, max: 60, says: 'how long' },
    colour: { kind: 'choice', of: ['red', 'blue'], says: 'which' },
    only: { kind: 'list', of: ['a', 'b', 'c'], says: 'which of them' },
    out: { kind: 'text', value: 'a file', says: 'where to' },
    quick: { kind: 'flag', says: 'leave out what is slow' },
  },
} as const

describe('a command', () => {
  it('[SM125] reads what it takes, and what is not given has its usual value or none', () => {
    const given = ['--seconds', '2.5', '--colour', 'red', '--only', 'a,c', '--out', 'x', '--quick']

    expect(readCommand(COMMAND, given)).toEqual({
      kind: 'run',
      values: { things: 10, seconds: 2.5, colour: 'red', only: ['a', 'c'], out: 'x', quick: true },
    })
    expect(readCommand(COMMAND, [])).toMatchObject({
      kind: 'run',
      values: { things: 10, seconds: undefined, only: undefined, quick: false },
    })
  })

  it.each<[string[], string]>([
    [['--things', 'abc'], '--things wants a whole number from 1 to 100, got abc'],
    [['--things', '0'], '--things wants a whole number from 1 to 100, got 0'],
    [['--things', '2.5'], '--things wants a whole number from 1 to 100, got 2.5'],
    [['--things', '-3'], '--things wants a whole number from 1 to 100, got -3'],
    [['--things'], '--things wants a whole number from 1 to 100'],
    [['--things='], '--things wants a whole number from 1 to 100'],
    [['--things', '--quick'], '--things wants a whole number from 1 to 100, got --quick'],
    [['--seconds', '61'], '--seconds wants a number from 0.5 to 60, got 61'],
    [['--colour', 'green'], '--colour wants one of red, blue, got green'],
    [['--only', 'a,d'], '--only wants some of a, b, c, with commas between, got d'],
    [['--quick=no'], '--quick takes no value, got no'],
    [['--thing', '3'], 'There is no option --thing'],
    [['--constructor'], 'There is no option --constructor'],
    [['3'], 'There is no option 3'],
  ])('[SM125] refuses %j in one line that says what is wanted', (args, said) => {
    expect(readCommand(COMMAND, args)).toEqual({
      kind: 'wrong',
      text: `${said}. All options: npm run count -- --help`,
    })
  })

  it('[SM125] tells all its options when it is asked for help, whatever else is asked', () => {
    const read = readCommand(COMMAND, ['--things', 'abc', '--help'])

    expect(read.kind).toBe('help')
    expect('text' in read ? read.text.split('\n') : []).toEqual([
      'npm run count -- [options]',
      'Counts things.',
      '  --things   how many: a whole number from 1 to 100; 10 unless given',
      '  --seconds  how long: a number from 0.5 to 60',
      '  --colour   which: one of red, blue',
      '  --only     which of them: some of a, b, c, with commas between',
      '  --out      where to: a file',
      '  --quick    leave out what is slow',
      '  --help     this',
    ])
  })
})

const SCRIPTS = (
  JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
).scripts
/** Those with options that are about a test or a measurement. */
const COMMANDS = [
  'simulate',
  'simulate:mutants',
  'fuzz',
  'load',
  'bench',
  'test:history',
  'test:kill',
  'test:power',
]

describe('the commands of the tests', () => {
  it.each(COMMANDS)('[SM125] npm run %s reads its options so, and says its own name', (name) => {
    const [, file = ''] = /tsx (\S+)/.exec(SCRIPTS[name] ?? '') ?? []
    const source = readFileSync(file, 'utf8')

    expect(source).toContain('readCommandOrExit({')
    expect(source).toContain(`name: 'npm run ${name}'`)
    expect(source).not.toContain('parseArgs')
  })

  it.each<[string, number, string]>([
    ['--seeds abc', 2, 'got abc'],
    ['--exhaustive --from 99999999', 1, 'nothing was run'],
    ['--help', 0, '--workers'],
  ])('[SM125] [SM126] npm run simulate -- %s ends with %i and words', async (args, code, said) => {
    const { code: ended, output } = await run('tests/simulation/main.ts', args.split(' '))

    expect(output).toContain(said)
    expect(ended).toBe(code)
    expect(output).not.toMatch(/^\s+at /m)
  })
})

function run(file: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', file, ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    )
  })
}
