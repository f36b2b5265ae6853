// What a review looks at: its sessions, and in a hard count what the book has at the facility, or in the areas it goes through.
import { PURPOSE_IDS } from '../../src/contract/counts'
import type { SessionStatus } from '../../src/domain/session'
import { decodeSessionStatus } from '../counts/session-store'
import type { Sql } from '../db/db'
import { amongst } from '../db/packed'
import type { ReviewedCount } from './review-store'

/** A session that counts. */
export interface CountingSession {
  readonly id: string
  readonly status: SessionStatus
  /** 0: an ordinary session; n: the nth recount. */
  readonly round: number
  readonly area: string | null
}

/** What a review looks at. */
export interface ReviewScope {
  readonly sessions: readonly CountingSession[]
  /** null: a directed count; it has what its sessions hold, and nothing else. */
  readonly hard: HardScope | null
}

export interface HardScope {
  readonly facilityId: string
  readonly workEffortId: string
  /** Aisles: what lies nowhere else is expected. null: everything at the facility is. */
  readonly areas: readonly string[] | null
  /** A closed count expects nothing any more: it has what was decided. */
  readonly isUnderReview: boolean
  /** A session that may still find anything is open, or there is none yet. */
  readonly isCounting: boolean
}

/** In a stable order. */
export async function readCountingSessions(
  sql: Sql,
  workEffortId: string,
): Promise<readonly CountingSession[]> {
  const rows = await sql.query<{
    id: string
    status_id: string
    recount_round: number | null
    area: string | null
  }>(
    `select session_id as id, status_id, recount_round, area from count_session
     where work_effort_id = $1 and status_id <> 'SESSION_VOIDED' order by session_id`,
    [workEffortId],
  )
  return rows.map((it) => ({
    id: it.id,
    status: decodeSessionStatus(it.status_id),
    round: it.recount_round ?? 0,
    area: it.area,
  }))
}

/** Rule: docs/SPEC.md RV65 */
export async function readScope(sql: Sql, count: ReviewedCount): Promise<ReviewScope> {
  const { workEffortId, facilityId, status } = count
  const sessions = await readCountingSessions(sql, workEffortId)
  if (count.purposeId !== PURPOSE_IDS.hard) return { sessions, hard: null }
  const first = sessions.filter((it) => it.round === 0)
  const areas = await readAisles(sql, facilityId, first)
  if (areas === 'unknown') return { sessions, hard: null }
  const isOpen = ({ status: at }: CountingSession) => at === 'created' || at === 'assigned'
  const hard = {
    facilityId,
    workEffortId,
    areas,
    isUnderReview: status !== 'closed' && status !== 'cancelled',
    isCounting: first.length === 0 || first.some(isOpen),
  }
  return { sessions, hard }
}

/**
 * null: the whole facility. An area that is no aisle of it says nothing about what lies there: then nothing is expected,
 * for a zero too many is worse than one too few.
 */
async function readAisles(
  sql: Sql,
  facilityId: string,
  sessions: readonly CountingSession[],
): Promise<readonly string[] | null | 'unknown'> {
  const areas = [...new Set(sessions.map((it) => it.area?.trim() ?? ''))]
  if (areas.length === 0 || areas.includes('')) return null
  const known = await sql.query(
    `select 1 from unnest($2::text[]) as a(area)
     where exists (select 1 from product_place where facility_id = $1 and aisle = a.area)`,
    [facilityId, areas],
  )
  return known.length === areas.length ? areas : 'unknown'
}

/** Numbers of parameters. */
type Which =
  | { readonly after: number; readonly until: number; readonly limit: number }
  | { readonly amongst: number }

/**
 * A query of `source, product_id`: what the book has, and what has been decided. A product may be in both. Along the index,
 * so that a page costs no more in a large facility.
 * @param params gets what the query needs besides
 */
export function expectedProducts(
  { facilityId, workEffortId, areas, isUnderReview }: HardScope,
  params: unknown[],
  which: Which,
): string {
  const [wanted, end] =
    'amongst' in which
      ? [`product_id = ${amongst(which.amongst)}`, '']
      : [
          `product_id > $${which.after} and ($${which.until}::text is null or product_id <= $${which.until})`,
          `order by product_id limit $${which.limit}::int`,
        ]
  const decided = `(select ' decided' as source, product_id from review_decision
    where work_effort_id = $${params.push(workEffortId)} and ${wanted} ${end})`
  if (!isUnderReview) return decided
  const facility = `$${params.push(facilityId)}`
  const within =
    areas === null ? '' : `and ${liesWithin(facility, `$${params.push(areas)}::text[]`)}`
  return `${decided} union all (select ' book', product_id from product_facility b
    where b.facility_id = ${facility} and b.quantity_on_hand <> 0 and ${wanted} ${within} ${end})`
}

/** It has a place, and none outside the areas: what lies elsewhere, too, may be there. */
function liesWithin(facility: string, areas: string): string {
  const place = `select 1 from product_place l where l.facility_id = ${facility} and l.product_id = b.product_id`
  return `exists (${place}) and not exists (${place} and l.aisle <> all(${areas}))`
}
