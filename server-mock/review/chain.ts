// Writes the chain: audit entries as they come, the evidence of a count when it is closed.
import type { Sql } from '../db/db'
import { AUDIT_TEXT, EVIDENCE } from './chain-text'
import type { AuditEntry } from './review-store'

interface Noted {
  readonly workEffortId: string
  /** The first entry’s place. */
  readonly first: number
  /** The hash before it, hex; null: there is none. */
  readonly head: string | null
  readonly by: string
  readonly now: number
}

/** One statement however many entries: in the database, where the text is made. Under the held review. */
export async function chainAudit(
  sql: Sql,
  { workEffortId, first, head, by, now }: Noted,
  entries: readonly AuditEntry[],
): Promise<void> {
  const rows = entries.map((it, index) => ({
    seq: first + index,
    by_user: it.by ?? by,
    action: it.action,
    product_id: it.productId,
    reason: it.reason,
    details: it.details,
  }))
  await sql.query(
    `with entry as (
       select $1::text as work_effort_id, r.seq, $3::bigint as at, r.by_user, r.action, r.product_id, r.reason, r.details
       from jsonb_to_recordset($2::jsonb) as r(seq int, by_user text, action text, product_id text, reason text, details jsonb)
     ), noted as (
       insert into review_audit (work_effort_id, seq, at, by_user, action, product_id, reason, details, hash)
       select work_effort_id, seq, at, by_user, action, product_id, reason, details,
         encode(chain_hash(decode($4, 'hex'), ${AUDIT_TEXT}) over (order by seq rows unbounded preceding), 'hex')
       from entry returning seq, hash)
     update count_review set audit_head = (select hash from noted order by seq desc limit 1) where work_effort_id = $1`,
    [workEffortId, JSON.stringify(rows), now, head ?? ''],
  )
}

export interface Seal {
  readonly entries: number
  /** The last hash, hex; empty: there was nothing to seal. */
  readonly hash: string
}

/**
 * Chains everything that a count rests on, once and for all: what comes later is not part of it. In the transaction
 * that closes the count, after everything else; its answer belongs into the audit, which so covers it.
 */
export async function sealEvidence(sql: Sql, workEffortId: string): Promise<Seal> {
  const [seal] = await sql.query<Seal>(
    `with evidence as (${EVIDENCE}), sealed as (
       insert into evidence_seal (work_effort_id, seq, kind, entry_key, hash)
       select $1::text, row_number() over w, kind, key, encode(chain_hash(''::bytea, entry) over w, 'hex') from evidence
       window w as (order by place, key collate "C" rows unbounded preceding)
       returning seq, hash)
     select count(*)::int as entries, coalesce((select hash from sealed order by seq desc limit 1), '') as hash from sealed`,
    [workEffortId],
  )
  return seal ?? { entries: 0, hash: '' }
}
