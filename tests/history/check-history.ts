// Judges a history, and knows nothing of how it came about: sums, fences, revisions, what was acknowledged. Pure.
import type { Entry, SeenRow } from './history'

interface Span<Op extends Entry['op']> {
  readonly process: string
  readonly invokedAt: number
  readonly endedAt: number
  readonly kind: Entry['kind']
  readonly entry: Extract<Entry, { op: Op }>
}

/** @returns every rule that is broken, in words; empty: the history could be one of a right system */
export function checkHistory(entries: readonly Entry[]): readonly string[] {
  return [
    ...checkForm(entries),
    ...checkSums(entries),
    ...checkFences(entries),
    ...checkReads(entries),
    ...checkSubmits(entries),
  ]
}

/** Every outcome follows its own invocation, once. */
function checkForm(entries: readonly Entry[]): readonly string[] {
  const open = new Map<number, Entry>()
  const ended = new Set<number>()
  const problems: string[] = []
  for (const entry of entries) {
    const begun = open.get(entry.id)
    if (entry.kind === 'invoke') {
      if (begun !== undefined) problems.push(`${name(entry)} is invoked twice`)
      open.set(entry.id, entry)
    } else if (
      begun === undefined ||
      begun.op !== entry.op ||
      begun.process !== entry.process ||
      begun.session !== entry.session
    )
      problems.push(`${name(entry)} ends what was not begun`)
    else if (ended.has(entry.id)) problems.push(`${name(entry)} ends twice`)
    else ended.add(entry.id)
  }
  return problems
}

/** The last reading of each session shows, value by value, the acknowledged scans less those taken back. */
function checkSums(entries: readonly Entry[]): readonly string[] {
  const problems: string[] = []
  const sessions = new Set(entries.map((it) => it.session))
  for (const session of sessions) {
    const of = <Op extends Entry['op']>(op: Op) =>
      spansOf(entries, op).filter((it) => it.entry.session === session)
    const final = of('read')
      .filter((it) => it.kind === 'ok')
      .at(-1)
    if (final === undefined) {
      problems.push(`${session} was never read`)
      continue
    }
    const late = [...of('scan'), ...of('undo')].find(
      (it) => it.kind !== 'unknown' && it.endedAt > final.invokedAt,
    )
    if (late !== undefined) problems.push(`${session} was not read after ${name(late.entry)}`)
    const found = totalsOf(final.entry.rows ?? [])
    const scanned = countsOf(of('scan'))
    const undone = countsOf(of('undo'))
    for (const key of new Set([...found.keys(), ...scanned.keys(), ...undone.keys()])) {
      const plus = scanned.get(key) ?? NONE
      const minus = undone.get(key) ?? NONE
      const least = plus.sure - minus.sure - minus.open
      const most = plus.sure + plus.open - minus.sure
      const total = found.get(key) ?? 0
      if (total < least || total > most)
        problems.push(
          `${session} ${key}: ${total} counted, ${least === most ? least : `${least} to ${most}`} scanned and not taken back`,
        )
    }
  }
  return problems
}

const NONE = { sure: 0, open: 0 }

/** Acknowledged ones, and those whose outcome nobody knows; a refused one did not happen. */
function countsOf(
  spans: readonly (Span<'scan'> | Span<'undo'>)[],
): ReadonlyMap<string, { sure: number; open: number }> {
  const counts = new Map<string, { sure: number; open: number }>()
  for (const { entry, kind } of spans) {
    if (kind === 'fail') continue
    const count = counts.get(entry.key) ?? { sure: 0, open: 0 }
    if (kind === 'ok') count.sure += 1
    else count.open += 1
    counts.set(entry.key, count)
  }
  return counts
}

function totalsOf(rows: readonly SeenRow[]): ReadonlyMap<string, number> {
  const totals = new Map<string, number>()
  for (const { key, quantity } of rows) totals.set(key, (totals.get(key) ?? 0) + quantity)
  return totals
}

/** A fence has one holder; whoever gets the lock after somebody else gets a higher one; nobody's goes back. */
function checkFences(entries: readonly Entry[]): readonly string[] {
  const problems: string[] = []
  const holders = new Map<string, string>()
  const grants = spansOf(entries, 'lock').filter((it) => it.kind === 'ok')
  for (const grant of grants) {
    const { session, fence, holder } = grant.entry
    if (fence === undefined || holder === undefined) {
      problems.push(`${name(grant.entry)} was granted without a fence and a holder`)
      continue
    }
    const key = `${session} ${fence}`
    const known = holders.get(key)
    if (known !== undefined && known !== holder)
      problems.push(`${session}: fence ${fence} has two holders, ${known} and ${holder}`)
    holders.set(key, holder)
    for (const before of grants) {
      const earlier = before.entry.fence
      if (
        before.entry.session !== session ||
        before.endedAt >= grant.invokedAt ||
        earlier === undefined
      )
        continue
      const isSame = before.entry.holder === holder
      if (isSame ? fence < earlier : fence <= earlier)
        problems.push(
          `${session}: ${holder} was granted fence ${fence} after ${before.entry.holder ?? '?'} had ${earlier}`,
        )
    }
  }
  return [...new Set(problems)]
}

/** What was seen or acknowledged is seen by everybody who asks later: no row vanishes, no revision goes back, the same revision says the same. */
function checkReads(entries: readonly Entry[]): readonly string[] {
  const problems = new Set<string>()
  const reads = spansOf(entries, 'read').filter((it) => it.kind === 'ok')
  const pushes = spansOf(entries, 'push').filter((it) => it.kind === 'ok')
  const quantities = new Map<string, number>()
  for (const read of reads) {
    const { session } = read.entry
    const rows = new Map((read.entry.rows ?? []).map((it) => [it.uuid, it]))
    for (const { uuid, rev, quantity } of rows.values()) {
      const key = `${session} ${uuid} ${rev}`
      if ((quantities.get(key) ?? quantity) !== quantity)
        problems.add(`${session}: row ${uuid} has two quantities under revision ${rev}`)
      quantities.set(key, quantity)
    }
    const needed = (uuid: string, rev: number, what: string): void => {
      const seen = rows.get(uuid)
      if (seen === undefined)
        problems.add(`${session}: row ${uuid} ${what} and is gone for ${read.process}`)
      else if (seen.rev < rev)
        problems.add(
          `${session}: row ${uuid} ${what} at revision ${rev}, and is ${seen.rev} for ${read.process}`,
        )
    }
    for (const before of reads)
      if (before.entry.session === session && before.endedAt < read.invokedAt)
        for (const row of before.entry.rows ?? [])
          needed(row.uuid, row.rev, `was seen by ${before.process}`)
    for (const before of pushes)
      if (before.entry.session === session && before.endedAt < read.invokedAt)
        for (const row of before.entry.acked ?? []) needed(row.uuid, row.rev, 'was acknowledged')
  }
  return [...problems]
}

/** What is handed in stays as it is: every later reading shows the same, and whoever handed it in scans no more. */
function checkSubmits(entries: readonly Entry[]): readonly string[] {
  const problems: string[] = []
  const reads = spansOf(entries, 'read').filter((it) => it.kind === 'ok')
  const scans = spansOf(entries, 'scan').filter((it) => it.kind === 'ok')
  for (const submit of spansOf(entries, 'submit').filter((it) => it.kind === 'ok')) {
    const { session } = submit.entry
    const isAfter = (it: Span<'read'> | Span<'scan'>): boolean =>
      it.entry.session === session && it.invokedAt > submit.endedAt
    const [first, ...later] = reads.filter(isAfter)
    for (const read of later)
      if (standOf(read.entry.rows ?? []) !== standOf(first?.entry.rows ?? []))
        problems.push(`${session} changed after it was submitted, as ${read.process} saw it`)
    for (const scan of scans)
      if (isAfter(scan) && scan.process === submit.process)
        problems.push(`${session} took ${name(scan.entry)} after it was submitted`)
  }
  return problems
}

function standOf(rows: readonly SeenRow[]): string {
  return JSON.stringify(
    rows.map(({ uuid, rev, quantity }) => [uuid, rev, quantity]).toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
  )
}

/** Operations with their begin and end; one without an end goes on for ever. */
function spansOf<Op extends Entry['op']>(entries: readonly Entry[], op: Op): readonly Span<Op>[] {
  const spans = new Map<number, Span<Op>>()
  for (const [at, entry] of entries.entries()) {
    if (entry.op !== op) continue
    const typed = entry as Extract<Entry, { op: Op }>
    const begun = spans.get(entry.id)
    if (entry.kind === 'invoke')
      spans.set(entry.id, {
        process: entry.process,
        invokedAt: at,
        endedAt: Number.POSITIVE_INFINITY,
        kind: 'unknown',
        entry: typed,
      })
    // A call without an answer may still arrive later: it has no end.
    else if (begun !== undefined)
      spans.set(entry.id, {
        ...begun,
        endedAt: entry.kind === 'unknown' ? begun.endedAt : at,
        kind: entry.kind,
        entry: typed,
      })
  }
  return [...spans.values()].toSorted((a, b) => a.invokedAt - b.invokedAt)
}

function name({ process, op, id }: Entry): string {
  return `${op} ${id} of ${process}`
}
