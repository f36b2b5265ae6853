// The options of a command, told once: what they are read by, what `--help` prints, and what is said of a wrong one.
import { parseArgs } from 'node:util'

interface Told {
  /** What it is for, after its name in the usage. */
  readonly says: string
}

export type Option =
  | (Told & { readonly kind: 'flag' })
  | (Told & { readonly kind: 'text'; readonly value: string; readonly default?: string })
  /** A whole number. */
  | (Told & {
      readonly kind: 'whole'
      readonly min: number
      readonly max: number
      readonly default?: number
    })
  | (Told & {
      readonly kind: 'number'
      readonly min: number
      readonly max: number
      readonly default?: number
    })
  | (Told & { readonly kind: 'choice'; readonly of: readonly string[]; readonly default?: string })
  /** Some of them, with commas between. */
  | (Told & { readonly kind: 'list'; readonly of: readonly string[] })

export type Options = Readonly<Record<string, Option>>

export interface Command<O extends Options> {
  /** As it is typed. */
  readonly name: string
  readonly says: string
  readonly options: O
}

type Given<O> = O extends { readonly kind: 'whole' | 'number' }
  ? number
  : O extends { readonly kind: 'choice'; readonly of: readonly (infer T)[] }
    ? T
    : O extends { readonly kind: 'list'; readonly of: readonly (infer T)[] }
      ? readonly T[]
      : string

export type Values<O extends Options> = {
  readonly [N in keyof O]: O[N] extends { readonly kind: 'flag' }
    ? boolean
    : O[N] extends { readonly default: unknown }
      ? Given<O[N]>
      : Given<O[N]> | undefined
}

export type ReadCommand<O extends Options> =
  | { readonly kind: 'run'; readonly values: Values<O> }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'wrong'; readonly text: string }

/** Exit code of a command that was asked for something it does not know. */
export const WRONG_USE = 2

export function readCommand<const O extends Options>(
  command: Command<O>,
  args: readonly string[],
): ReadCommand<O> {
  const { options } = command
  const flags = Object.fromEntries(
    Object.entries(options).map(([name, { kind }]) => [
      name,
      { type: kind === 'flag' ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  // Not strict: its own messages are about what else could be meant.
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...flags, help: { type: 'boolean' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(options).map(([name, it]) => [
      name,
      it.kind === 'flag' ? false : 'default' in it ? it.default : undefined,
    ]),
  )
  if (tokens.some((it) => it.kind === 'option' && it.name === 'help'))
    return { kind: 'help', text: usageOf(command) }
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    const option =
      token.kind === 'option' && Object.hasOwn(options, token.name)
        ? options[token.name]
        : undefined
    if (token.kind !== 'option' || option === undefined)
      return wrong(
        command,
        `There is no option ${token.kind === 'option' ? token.rawName : token.value}`,
      )
    const read = valueOf(option, token.value)
    if ('wrong' in read) return wrong(command, `${token.rawName} ${read.wrong}`)
    values[token.name] = read.value
  }
  return { kind: 'run', values: values as Values<O> }
}

/** What was asked for; or the process ends with the usage, or with what is wrong in one line. */
export function readCommandOrExit<const O extends Options>(command: Command<O>): Values<O> {
  const read = readCommand(command, process.argv.slice(2))
  if (read.kind === 'run') return read.values
  if (read.kind === 'help') process.stdout.write(`${read.text}\n`)
  else process.stderr.write(`${read.text}\n`)
  process.exit(read.kind === 'help' ? 0 : WRONG_USE)
}

function wrong(
  { name }: Command<Options>,
  text: string,
): { readonly kind: 'wrong'; readonly text: string } {
  return { kind: 'wrong', text: `${text}. All options: ${name} -- --help` }
}

function valueOf(
  option: Option,
  text: string | undefined,
): { readonly value: unknown } | { readonly wrong: string } {
  if (option.kind === 'flag')
    return text === undefined ? { value: true } : { wrong: `takes no value, got ${text}` }
  if (text === undefined || text === '') return { wrong: `wants ${wantedOf(option)}` }
  switch (option.kind) {
    case 'text':
      return { value: text }
    case 'whole':
    case 'number': {
      const value = Number(text)
      const isRight =
        (option.kind === 'number' || Number.isSafeInteger(value)) &&
        value >= option.min &&
        value <= option.max
      return isRight ? { value } : { wrong: `wants ${wantedOf(option)}, got ${text}` }
    }
    case 'choice':
      return option.of.includes(text)
        ? { value: text }
        : { wrong: `wants ${wantedOf(option)}, got ${text}` }
    case 'list': {
      const parts = text.split(',')
      const unknown = parts.filter((it) => !option.of.includes(it))
      return unknown.length === 0
        ? { value: parts }
        : { wrong: `wants ${wantedOf(option)}, got ${unknown.join(',')}` }
    }
  }
}

function wantedOf(option: Exclude<Option, { readonly kind: 'flag' }>): string {
  switch (option.kind) {
    case 'text':
      return option.value
    case 'whole':
    case 'number':
      return `a ${option.kind === 'whole' ? 'whole ' : ''}number from ${option.min} to ${option.max}`
    case 'choice':
      return `one of ${shownList(option.of)}`
    case 'list':
      return `some of ${shownList(option.of)}, with commas between`
  }
}

/** Of a long list its beginning. */
const SHOWN_MAX = 12

function shownList(all: readonly string[]): string {
  return all.length <= SHOWN_MAX
    ? all.join(', ')
    : `${all.slice(0, SHOWN_MAX).join(', ')} … (${all.length})`
}

function usageOf({ name, says, options }: Command<Options>): string {
  const lines = Object.entries(options).map(([option, it]): readonly [string, string] => {
    if (it.kind === 'flag') return [`--${option}`, it.says]
    const otherwise = 'default' in it ? `; ${it.default} unless given` : ''
    return [`--${option}`, `${it.says}: ${wantedOf(it)}${otherwise}`]
  })
  const width = Math.max('--help'.length, ...lines.map(([option]) => option.length))
  const shown = [...lines, ['--help', 'this'] as const].map(
    ([option, text]) => `  ${option.padEnd(width)}  ${text}`,
  )
  return [`${name} -- [options]`, says, ...shown].join('\n')
}
