// Checks a count's chain: everything is hashed again, outside the database, and compared with what was written then.
import { createHash } from 'node:crypto'
import type { Sql } from '../db/db'
import { AUDIT_TEXT, EVIDENCE } from './chain-text'

const PAGE = 5000
const PAGES_MAX = 2000
/** Named one by one; more are only counted. */
const PROBLEMS_MAX = 50

export interface ChainProblem {
  /** `audit` for what people did, else the kind of evidence. */
  readonly kind: string
  /** Its place in its chain, from 1. */
  readonly seq: number
  /** The key of the row, as a JSON list; null: of the audit. */
  readonly key: string | null
  readonly problem: 'altered' | 'missing'
}

export interface ChainCheck {
  /** `open`: nothing is sealed before a count is closed. `unsealed`: it was closed before chains were kept. */
  readonly state: 'unbroken' | 'broken' | 'open' | 'unsealed'
  readonly auditEntries: number
  readonly sealedEntries: number
  /** Rows that came after the seal: late scans, corrections. They are no problem, and are not sealed. */
  readonly laterEntries: number
  /** The last hash of the audit, hex: what is printed on the signed sheet. null: nothing was done yet. */
  readonly head: string | null
  readonly problems: readonly ChainProblem[]
  readonly problemCount: number
}

/** Reads everything, page by page. Rules: docs/SPEC.md RP14-RP16. @throws Error above ten million entries */
export async function checkChain(sql: Sql, workEffortId: string): Promise<ChainCheck> {
  const problems = new Problems()
  const audit = await checkAudit(sql, workEffortId, problems)
  const sealedEntries = await checkEvidence(sql, workEffortId, audit.seal, problems)
  const laterEntries = sealedEntries === 0 ? 0 : await countLater(sql, workEffortId)
  const [count] = await sql.query<{ isClosed: boolean }>(
    `select status_id = 'CYCLE_CNT_CLOSED' as "isClosed" from cycle_count where work_effort_id = $1`,
    [workEffortId],
  )
  const isSealed = audit.seal !== null || sealedEntries > 0
  const calm = isSealed ? 'unbroken' : count?.isClosed === true ? 'unsealed' : 'open'
  return {
    state: problems.count > 0 ? 'broken' : calm,
    auditEntries: audit.entries,
    sealedEntries,
    laterEntries,
    head: audit.head,
    problems: problems.named,
    problemCount: problems.count,
  }
}

class Problems {
  readonly named: ChainProblem[] = []
  count = 0

  add(problem: ChainProblem): void {
    this.count += 1
    if (this.named.length < PROBLEMS_MAX) this.named.push(problem)
  }
}

function hashOf(before: string, text: string): string {
  return createHash('sha256').update(Buffer.from(before, 'hex')).update(text, 'utf8').digest('hex')
}

interface Seal {
  readonly entries: number
  readonly hash: string
}

interface AuditRow {
  readonly seq: number
  readonly text: string
  readonly hash: string
  readonly seal: Seal | null
}

interface CheckedAudit {
  readonly entries: number
  readonly head: string | null
  /** What the audit says was sealed. */
  readonly seal: Seal | null
}

async function checkAudit(sql: Sql, workEffortId: string, problems: Problems): Promise<CheckedAudit> {
  let last = 0
  let before = ''
  let seal: Seal | null = null
  let entries = 0
  const check = (row: AuditRow): void => {
    for (let seq = last + 1; seq < row.seq; seq += 1) problems.add({ kind: 'audit', seq, key: null, problem: 'missing' })
    // Each is checked against what is written before it: one that was altered does not hide the next.
    if (row.hash !== hashOf(before, row.text)) problems.add({ kind: 'audit', seq: row.seq, key: null, problem: 'altered' })
    ;[last, before, seal] = [row.seq, row.hash, row.seal ?? seal]
    entries += 1
  }
  await inPages(async () => {
    const rows = await sql.query<AuditRow>(
      `select seq, hash, details->'seal' as seal, ${AUDIT_TEXT} as text from review_audit
       where work_effort_id = $1 and seq > $2 order by seq limit ${PAGE}`,
      [workEffortId, last],
    )
    rows.forEach(check)
    return rows.length
  })
  const [known] = await sql.query<{ next: number; head: string | null }>(
    'select next_audit_seq as next, audit_head as head from count_review where work_effort_id = $1',
    [workEffortId],
  )
  const ends = known ?? { next: 1, head: null }
  for (let seq = last + 1; seq < ends.next; seq += 1) problems.add({ kind: 'audit', seq, key: null, problem: 'missing' })
  if (last === ends.next - 1 && (ends.head ?? '') !== before)
    problems.add({ kind: 'audit', seq: last, key: null, problem: 'altered' })
  return { entries, head: ends.head, seal }
}

interface SealedRow {
  readonly seq: number
  readonly kind: string
  readonly key: string
  readonly hash: string
  /** null: the row is gone. */
  readonly entry: string | null
}

/** @returns how many were sealed */
async function checkEvidence(sql: Sql, workEffortId: string, seal: Seal | null, problems: Problems): Promise<number> {
  let last = 0
  let before = ''
  const check = ({ seq, kind, key, hash, entry }: SealedRow): void => {
    for (let gone = last + 1; gone < seq; gone += 1) problems.add({ kind: 'seal', seq: gone, key: null, problem: 'missing' })
    if (entry === null) problems.add({ kind, seq, key, problem: 'missing' })
    else if (hash !== hashOf(before, entry)) problems.add({ kind, seq, key, problem: 'altered' })
    ;[last, before] = [seq, hash]
  }
  await inPages(async () => {
    const rows = await sql.query<SealedRow>(
      `with evidence as (${EVIDENCE})
       select s.seq, s.kind, s.entry_key as key, s.hash, e.entry
       from (select * from evidence_seal where work_effort_id = $1 and seq > $2 order by seq limit ${PAGE}) s
         left join evidence e on e.kind = s.kind and e.key = s.entry_key order by s.seq`,
      [workEffortId, last],
    )
    rows.forEach(check)
    return rows.length
  })
  const sealed = seal ?? { entries: 0, hash: '' }
  for (let gone = last + 1; gone <= sealed.entries; gone += 1)
    problems.add({ kind: 'seal', seq: gone, key: null, problem: 'missing' })
  if (last >= sealed.entries && before !== sealed.hash) problems.add({ kind: 'seal', seq: last, key: null, problem: 'altered' })
  return last
}

async function countLater(sql: Sql, workEffortId: string): Promise<number> {
  const [row] = await sql.query<{ later: number }>(
    `with evidence as (${EVIDENCE})
     select count(*)::int as later from evidence e where not exists (
       select 1 from evidence_seal s where s.work_effort_id = $1 and s.kind = e.kind and s.entry_key = e.key)`,
    [workEffortId],
  )
  return row?.later ?? 0
}

/** Until a page is not full. */
async function inPages(readPage: () => Promise<number>): Promise<void> {
  for (let page = 0; page < PAGES_MAX; page += 1) if ((await readPage()) < PAGE) return
  throw new Error(`More than ${PAGE * PAGES_MAX} entries in one chain`)
}
