// A whole PUT items of the extended profile over the rows it touches: verdicts, and what is to be stored.
import type { Micro } from '../../src/domain/quantity'
import type { DecodedRow } from './decode-row'
import { rowKeyOf, seqIdOf, type IncomingRow, type ItemRow } from './item-row'
import { joinRow, type Joined, type RowWorld } from './row-join'

export interface RowVerdict {
  readonly uuid: string | null
  readonly importItemSeqId: string | null
  readonly rev: number | null
  readonly verdict: Joined['verdict']
  readonly code: string | null
  readonly message: string | null
  readonly lastUpdatedStamp: number | null
  /** The identification that stands now: on a tie the server's stays, and the sender learns it here. */
  readonly productId: string | null
  readonly matchRev: number | null
}

/** What was sent and what became of it; two contents under one revision are two entries. */
export interface Evidence {
  readonly rowKey: string
  readonly rev: number
  readonly matchRev: number
  readonly fingerprint: string
  readonly verdict: Joined['verdict'] | 'deleted'
  readonly quantity: Micro | null
  readonly standing: number | null
  readonly productId: string | null
  readonly productIdentifier: string | null
  readonly logId: string | null
}

/** The rows of one session that a request names, and the next free place. */
export interface SessionRows {
  readonly rows: readonly ItemRow[]
  readonly nextSeq: number
}

export interface PutOutcome {
  /** One per sent row, in the order sent. */
  readonly verdicts: readonly RowVerdict[]
  readonly inserted: readonly ItemRow[]
  readonly updated: readonly ItemRow[]
  readonly evidence: readonly Evidence[]
  readonly nextSeq: number
}

/**
 * Joins rows one after the other; a refused row changes nothing and holds up no other.
 * Finds a row by importItemSeqId, then by uuid, else makes a new one.
 * Rules: docs/SPEC.md SC10-SC19, I4, I15.
 */
export function putRows(sent: readonly DecodedRow[], session: SessionRows, world: RowWorld): PutOutcome {
  const book = new RowBook(session)
  const evidence: Evidence[] = []
  const verdicts = sent.map((decoded): RowVerdict => {
    if (decoded.kind === 'refused')
      return { ...NO_ROW, ...decoded.refusal, verdict: 'rejected' }
    const found = book.find(decoded.row)
    const joined: Joined =
      typeof found === 'string'
        ? { verdict: 'rejected', code: 'BAD_ROW', message: found }
        : joinRow(found, decoded.row, book.nextSeq, world)
    if (joined.verdict === 'applied' || joined.verdict === 'late') book.store(joined.row)
    const stored = 'row' in joined ? joined.row : typeof found === 'string' ? null : found
    const proof = evidenceOf(decoded.row, stored, joined)
    if (proof !== null) evidence.push(proof)
    return verdictOf(decoded.row, stored, joined)
  })
  return { verdicts, evidence, ...book.changes() }
}

/** The touched rows while a batch goes through: later rows of the batch see the earlier ones. */
export class RowBook {
  private readonly bySeq = new Map<number, ItemRow>()
  private readonly byUuid = new Map<string, number>()
  private readonly known = new Set<number>()
  private readonly changed = new Set<number>()
  nextSeq: number

  constructor(session: SessionRows) {
    this.nextSeq = session.nextSeq
    for (const row of session.rows) {
      this.keep(row)
      this.known.add(row.seq)
    }
  }

  /** The stored row, null when there is none yet, or why the ids contradict each other. */
  find({ seq, uuid }: Pick<IncomingRow, 'seq' | 'uuid'>): ItemRow | null | string {
    const seqOfUuid = uuid === null ? undefined : this.byUuid.get(uuid)
    if (seq === null) return seqOfUuid === undefined ? null : (this.bySeq.get(seqOfUuid) ?? null)
    const row = this.bySeq.get(seq)
    if (row === undefined) return `No item ${seqIdOf(seq)}`
    if (uuid !== null && row.uuid !== null && row.uuid !== uuid) return `Item ${seqIdOf(seq)} has another uuid`
    if (seqOfUuid !== undefined && seqOfUuid !== seq) return `The uuid belongs to item ${seqIdOf(seqOfUuid)}`
    return row
  }

  /** The base profile's way: by number, else by uuid, else none; ids that contradict each other are nobody's concern. */
  match({ seq, uuid }: Pick<IncomingRow, 'seq' | 'uuid'>): ItemRow | null {
    const byNumber = seq === null ? undefined : this.bySeq.get(seq)
    if (byNumber !== undefined) return byNumber
    const seqOfUuid = uuid === null ? undefined : this.byUuid.get(uuid)
    return seqOfUuid === undefined ? null : (this.bySeq.get(seqOfUuid) ?? null)
  }

  store(row: ItemRow): void {
    this.keep(row)
    this.changed.add(row.seq)
    if (row.seq >= this.nextSeq) this.nextSeq = row.seq + 1
  }

  changes(): Pick<PutOutcome, 'inserted' | 'updated' | 'nextSeq'> {
    const rows = [...this.changed].flatMap((seq) => this.bySeq.get(seq) ?? [])
    return {
      inserted: rows.filter((it) => !this.known.has(it.seq)),
      updated: rows.filter((it) => this.known.has(it.seq)),
      nextSeq: this.nextSeq,
    }
  }

  private keep(row: ItemRow): void {
    this.bySeq.set(row.seq, row)
    if (row.uuid !== null) this.byUuid.set(row.uuid, row.seq)
  }
}

const NO_ROW = { importItemSeqId: null, rev: null, lastUpdatedStamp: null, productId: null, matchRev: null }

function verdictOf(incoming: IncomingRow, stored: ItemRow | null, joined: Joined): RowVerdict {
  const { verdict } = joined
  return {
    ...(stored === null ? NO_ROW : standOf(stored)),
    uuid: incoming.uuid ?? stored?.uuid ?? null,
    verdict,
    // Held rows are acknowledged by the revision that was sent: nothing stored has it.
    ...(verdict === 'held' ? { rev: incoming.rev ?? null } : {}),
    code: verdict === 'rejected' ? joined.code : null,
    message: verdict === 'rejected' ? joined.message : verdict === 'held' ? 'The session is settled' : null,
  }
}

function standOf(row: ItemRow) {
  return {
    importItemSeqId: seqIdOf(row.seq),
    rev: row.rev,
    lastUpdatedStamp: row.lastUpdatedAt,
    productId: row.productId,
    matchRev: row.matchRev,
  }
}

/** Accepted, held and contradicting revisions are kept; repetitions and unreadable rows are not. */
function evidenceOf(incoming: IncomingRow, stored: ItemRow | null, joined: Joined): Evidence | null {
  if (joined.verdict === 'duplicate') return null
  if (joined.verdict === 'rejected' && joined.code !== 'REV_CONFLICT') return null
  const { rev = 0, matchRev = 0, quantity = null, standing, productId = null, isRequested = null } = incoming
  return {
    rowKey: stored === null ? (incoming.uuid ?? 'unknown') : rowKeyOf(stored),
    rev,
    matchRev,
    fingerprint: JSON.stringify([quantity, standing, productId, isRequested]),
    verdict: joined.verdict,
    quantity,
    standing,
    productId,
    productIdentifier: incoming.productIdentifier ?? null,
    logId: incoming.logId ?? null,
  }
}
