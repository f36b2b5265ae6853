// What an audit found, as lines for a terminal.
import type { ChainCheck, ChainProblem } from '../review/check-chain'

export interface AuditedCount {
  readonly id: string
  readonly name: string
  readonly facility: string | null
}

const STATES: Readonly<Record<ChainCheck['state'], string>> = {
  unbroken: 'unbroken',
  broken: 'BROKEN',
  open: 'not sealed: the count is open',
  unsealed: 'not sealed: closed before chains were kept',
}

/** The first line tells the state and the last hash, to compare with the signed sheet; each problem has one more. */
export function auditLines({ id, name, facility }: AuditedCount, check: ChainCheck): readonly string[] {
  const place = facility === null ? '' : `, ${facility}`
  const later = check.laterEntries === 0 ? '' : `, ${check.laterEntries} came after the seal`
  const more = check.problemCount - check.problems.length
  return [
    `${id} ${name}${place}: ${STATES[check.state]}; ${check.auditEntries} audit entries, ${check.sealedEntries} sealed${later}`,
    `  ${check.head ?? 'nothing was done yet'}`,
    ...check.problems.map(problemLine),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}

function problemLine({ kind, seq, key, problem }: ChainProblem): string {
  return `  entry ${seq}, ${kind}${key === null ? '' : ` ${key}`}: ${problem === 'missing' ? 'is missing' : 'was altered'}`
}
