// Planted bugs, as data: each one a real failure of this kind of software, put into the real source while it is loaded (decision 28).

/** One replacement in one source file. `find` occurs there exactly once, or the mutant does not count. */
export interface Edit {
  /** From the project's root. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

export interface Mutant {
  readonly name: string
  /** What goes wrong in the field, in one sentence. */
  readonly says: string
  readonly edits: readonly Edit[]
  /** It does harm only while devices speak different versions (I18), or clocks are wrong (I19): without that the same script is clean. */
  readonly proves?: 'I18' | 'I19'
  /** It shows in what one day in four plays beside the rest, and is hunted there. */
  readonly isLater?: boolean
}

const one = (name: string, says: string, file: string, find: string, replace: string): Mutant => ({
  name,
  says,
  edits: [{ file, find, replace }],
})

/** Capture: what beeped must be on the disk, once, in its log. */
const CAPTURE: readonly Mutant[] = [
  one(
    'success-before-commit',
    'The scan is told as saved before its transaction commits.',
    'src/usecases/scan-writer.ts',
    'const appended = await inTime(timers, limits.writeTimeoutMs, appendScans(store, input))',
    `for (const it of group) it.settle({ kind: 'saved', logId: known.logId, seq: 0 })
    const appended = await inTime(timers, limits.writeTimeoutMs, appendScans(store, input))`,
  ),
  one(
    'failed-write-is-saved',
    'A write that failed, or was not heard of in time, is taken for done.',
    'src/usecases/scan-writer.ts',
    'appendScans(store, input))\n    logs.set(sessionId,',
    `appendScans(store, input)).catch(() => ({
      verdicts: group.map(() => ({ kind: 'stored', logId: known.logId, seq: 0 })), logId: known.logId, head: known.head }))
    logs.set(sessionId,`,
  ),
  one(
    'spill-stays',
    'What a page could not save is never looked for by the next one.',
    'src/usecases/scan-writer.ts',
    'const drafts = spill.read().filter((draft) => !queued.has(draft.eventId))',
    'const drafts = spill.read().filter((draft) => queued.has(draft.eventId))',
  ),
  one(
    'one-log-per-device',
    'The log outlives its page: after a crash, a restore or a copied profile its numbers are given again.',
    'src/usecases/scan-writer.ts',
    'const mintLog = (): LogId => asId<LogId>(deps.ids.next())\n    const known',
    'const mintLog = (): LogId => asId<LogId>(`${deps.userName}:${sessionId}`)\n    const known',
  ),
  one(
    'saved-is-refused',
    'A barcode that nobody knows is saved, and the person hears that it was not: it is scanned again, and counts twice.',
    'src/usecases/record-scan.ts',
    'return await outcomeOfScan(deps, memory, prepared)\n}',
    `const told = await outcomeOfScan(deps, memory, prepared)
  return told.kind === 'unmatched' ? { kind: 'refused', reason: 'not-kept', raw: draft.raw } : told
}`,
  ),
  one(
    'told-without-the-pack',
    'A case counts twelve and is told as one.',
    'src/usecases/record-scan.ts',
    'quantity: draft.quantity,\n    packSize: draft.packSize,\n    total,',
    'quantity: draft.quantity,\n    packSize: 1,\n    total,',
  ),
  one(
    'kept-in-memory-alone',
    'A scan that cannot be saved is told as kept, and is gone with the page.',
    'src/usecases/scan-writer.ts',
    'spill.write(unspilled.map((it) => it.draft))\n',
    '\n',
  ),
  one(
    'no-reload-for-the-last-scan',
    'A page that lost its storage waits for one more spilled scan before it loads itself anew.',
    'src/composables/recover-by-reload.ts',
    'spilled() >= health.waiting',
    'spilled() > health.waiting',
  ),
  one(
    'reloads-for-ever',
    'Only the last reload is remembered: a page whose storage is broken loads itself anew without end.',
    'src/composables/recover-by-reload.ts',
    'JSON.stringify([...recent, now])',
    'JSON.stringify([now])',
  ),
  one(
    'lost-connection-is-retried',
    'A connection that no new handle brings back is tried again and again before the page is loaded anew.',
    'src/usecases/scan-writer.ts',
    'return isLost || hangs',
    'return (isLost && failures > FAILURES_MAX) || hangs',
  ),
  {
    name: 'retry-counts-twice',
    says: 'A write whose answer was lost is stored again when it is repeated.',
    edits: [
      {
        file: 'src/usecases/append-scans.ts',
        find: "if (same !== undefined) return { kind: 'known', logId: same.logId, seq: same.seq }",
        replace: '',
      },
      {
        file: 'src/ports/scans-schema.ts',
        find: "eventId: { paths: ['eventId'], unique: true },",
        replace: "eventId: { paths: ['eventId'] },",
      },
    ],
  },
  {
    name: 'undo-twice',
    says: 'A double tap on Undo takes a scan back twice.',
    edits: [
      {
        file: 'src/usecases/append-scans.ts',
        find: "if (await isNegated(tx, draft.negates, pending)) return { kind: 'already-negated' }",
        replace: '',
      },
      { file: 'src/usecases/take-back.ts', find: "if (read.isNegated) return 'already-undone'", replace: '' },
      {
        file: 'src/ports/scans-schema.ts',
        find: "negates: { paths: ['negates'], unique: true },",
        replace: "negates: { paths: ['negates'] },",
      },
    ],
  },
  one(
    'undo-takes-one',
    'Undo takes one unit back, whatever the scan counted.',
    'src/usecases/append-scans.ts',
    'quantity: negateQuantity(target.quantity) },',
    'quantity: negateQuantity(1_000_000 as typeof target.quantity) },',
  ),
  one(
    'zero-becomes-one',
    'A counted zero is coerced to one.',
    'src/usecases/record-scan.ts',
    'const quantity = timesPack(times, packSize)',
    'const quantity = timesPack((times || 1_000_000) as typeof times, packSize)',
  ),
  one(
    'new-scans-first',
    'Scans that wait for a commit overtake those that waited before.',
    'src/usecases/scan-writer.ts',
    'queue.push({ draft, settle, isSpilled, isLate: isSpilled, group: null })',
    'queue.unshift({ draft, settle, isSpilled, isLate: isSpilled, group: null })',
  ),
  one(
    'scans-without-right',
    'A device that lost its session goes on recording scans.',
    'src/usecases/record-scan.ts',
    "return session.lock.state === 'lost' ? 'lock-lost' : 'no-lock'",
    'return null',
  ),
  one(
    'scans-after-submit',
    'Scans are still taken after the submit was queued.',
    'src/usecases/record-scan.ts',
    "if (session.submitQueuedAt !== null || (status !== 'assigned' && status !== 'created')) return 'submitted'",
    '',
  ),
  one(
    'right-remembered',
    'A page goes on by the right to count that it had, whatever the device has learnt since.',
    'src/usecases/desk-memory.ts',
    'memory.session = null\n  memory.rightsAge += 1',
    'memory.rightsAge += 0',
  ),
]

/** The fold: every event once, whatever dies in between. */
const FOLD: readonly Mutant[] = [
  {
    name: 'cursor-before-rows',
    says: 'Cursor and rows are written in two transactions: a crash in between loses scans.',
    edits: [
      {
        file: 'src/sync/fold.ts',
        find: 'const results = await deps.scans.tx(',
        replace: `const lastGid = read.events.at(-1)?.gid ?? 0
    await deps.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'aggCursor', gid: lastGid }))
    const results = await deps.scans.tx(`,
      },
      {
        file: 'src/sync/fold.ts',
        find: "if (last === undefined || cursor !== batch.cursor) return 'overtaken'",
        replace: "if (last === undefined) return 'overtaken'",
      },
    ],
  },
  {
    name: 'every-window-folds',
    says: 'Two windows that fold at once count each scan twice.',
    edits: [
      {
        file: 'src/sync/fold.ts',
        find: "if (last === undefined || cursor !== batch.cursor) return 'overtaken'",
        replace: "if (last === undefined) return 'overtaken'",
      },
      {
        file: 'src/domain/fold.ts',
        find: 'if (before !== undefined && event.seq <= before.rev) continue',
        replace: '',
      },
    ],
  },
  one(
    'fold-skips-a-page',
    'The cursor jumps to the head although only a batch was folded.',
    'src/sync/fold.ts',
    "tx.put('meta', { k: 'aggCursor', gid: last.gid })",
    "tx.put('meta', { k: 'aggCursor', gid: last.gid + 1 })",
  ),
  one(
    'negation-keeps-standing',
    'A scan that was taken back still counts as standing.',
    'src/domain/fold.ts',
    'standing: (row.standing ?? 0) + standing,',
    'standing: (row.standing ?? 0) + Math.max(0, standing),',
  ),
  one(
    'shared-row',
    'All writers of an item share one absolute row.',
    'src/domain/row-uuid.ts',
    'v5(JSON.stringify([sessionId, logId, itemKey]), NAMESPACE)',
    "v5(JSON.stringify([sessionId, logId === null ? '' : '', itemKey]), NAMESPACE)",
  ),
  one(
    'only-new-rows-are-sent',
    'A row that changes after it was sent is not sent again.',
    'src/sync/mark-unsent.ts',
    "for (const { after } of changes) if (after?.origin === 'own') unsent.set(after.uuid, after.sessionId)",
    "for (const { before, after } of changes) if (before === null && after?.origin === 'own') unsent.set(after.uuid, after.sessionId)",
  ),
  one(
    'buckets-drift',
    'The bucket counters forget the bucket that a line leaves.',
    'src/sync/apply-lines.ts',
    'movedCounts(sum, before?.bucket ?? null, after?.bucket ?? null), row)',
    'movedCounts(sum, null, after?.bucket ?? null), row)',
  ),
  one(
    'line-forgets-history',
    'A line that changes is made of its changed rows alone.',
    'src/sync/apply-lines.ts',
    "if (after !== 'recompute') return after",
    'if (changes.length > 0) return lineOf(changes.flatMap((it) => (it.after === null ? [] : [it.after])), before, isHardCount)',
  ),
  one(
    'pack-corrected-again',
    'A pack size that was made up for is made up for at every fold.',
    'src/usecases/correct-packs.ts',
    'return { ...sum, counted: sumQuantity(sum.counted, event.quantity) }\n  }\n  if (!countsPacks',
    'return sum\n  }\n  if (!countsPacks',
  ),
  one(
    'rebuild-misses-the-last',
    'A rebuild leaves out the last page of the history.',
    'src/sync/rebuild.ts',
    'upper: [sessionId, cursor],',
    'upper: [sessionId, cursor - 1],',
  ),
  one(
    'rebuild-over-a-fold',
    'A piece of a rebuild writes what the events said before a fold that came in between.',
    'src/sync/rebuild-pieces.ts',
    "known: Known, uuids: readonly RowUuid[]): Promise<Mended | NotYet> {\n  if ((await readCursor(tx)) !== history.cursor) return { kind: 'overtaken' }",
    'known: Known, uuids: readonly RowUuid[]): Promise<Mended | NotYet> {',
  ),
]

/** Sending: what the server has is what it said it has. */
const PUSH: readonly Mutant[] = [
  one(
    'ack-without-compare',
    'An answer marks the row as sent although it changed while the answer was on its way.',
    'src/sync/acknowledge.ts',
    'const settled = acks.filter((ack, index) => !isUnsent(rows[index], ack))',
    'const settled = acks',
  ),
  one(
    'ack-marks-the-newest',
    'An answer acknowledges the revision that is stored now, not the one that was sent.',
    'src/sync/acknowledge.ts',
    'const acks = marks.map((mark, index) => raised(sessionId, before[index], mark))',
    `const stored = await tx.bulkGet('inventoryCountRecords', uuids)
  const acks = marks.map((mark, index) => raised(sessionId, before[index], { ...mark, rev: stored[index]?.rev ?? mark.rev }))`,
  ),
  one(
    'late-answer-lowers',
    'An old answer that comes late lowers what is acknowledged.',
    'src/sync/acknowledge.ts',
    'ackedRev: Math.max(before?.ackedRev ?? 0, mark.rev),',
    'ackedRev: Math.min(before?.ackedRev ?? mark.rev, mark.rev),',
  ),
  one(
    'no-answer-is-yes',
    'A request without an answer counts as delivered.',
    'src/sync/push.ts',
    'deps.api.putItems({ sessionId, rows, fence, unsentScans: Math.max(0, unsent) }, options.signal),',
    `deps.api.putItems({ sessionId, rows, fence, unsentScans: Math.max(0, unsent) }, options.signal).catch(() => ({
      serverTime: null,
      verdicts: rows.map(({ uuid, rev }) => ({ uuid, verdict: 'applied' as const, rev, importItemSeqId: null, lastUpdatedStamp: null, code: null, message: null })),
    })),`,
  ),
  one(
    'refused-row-vanishes',
    'A row that the server refuses is dropped without a word.',
    'src/sync/acknowledge.ts',
    "return { ...entry, kind: 'rejected', code: verdict.code, message: verdict.message }",
    'return null',
  ),
  one(
    'held-row-vanishes',
    'A row that came too late for its count is dropped without a word.',
    'src/sync/acknowledge.ts',
    "return { ...entry, kind: 'held', code: verdict.code ?? 'HELD', message: verdict.message ?? '' }",
    'return null',
  ),
  one(
    'bad-row-blocks-batch',
    'One row that the server refuses holds up all others for ever.',
    'src/sync/push.ts',
    'if (!isAboutRows(error)) throw error\n    const [only] = rows',
    'throw error\n    const [only] = rows',
  ),
  one(
    'withheld-until-known',
    'Rows wait until a look-up has brought their book quantity.',
    'src/sync/unsent.ts',
    "const rows = found.flatMap((row) => (row?.origin === 'own' ? [row] : []))",
    "const rows = found.flatMap((row) => (row?.origin === 'own' && row.systemQuantityOnHand !== null ? [row] : []))",
  ),
  one(
    'silent-after-failure',
    'After a failure nothing is sent until somebody scans again.',
    'src/sync/scheduler.ts',
    'if (this.#wait !== wait) return\n      this.#wait = null\n      this.#isWanted = true\n      this.#kick()',
    'if (this.#wait !== wait) return\n      this.#wait = null',
  ),
  one(
    'stuck-behind-one-session',
    'A session that the server refuses ends the run: the others are never sent.',
    'src/sync/scopes.ts',
    'if (!(error instanceof RemoteError) || !isAboutOneSession(error)) throw error',
    'throw error',
  ),
  one(
    'left-in-the-queue',
    'A submit that a window queued before it was closed is carried out by nobody.',
    'src/sync/watchdog.ts',
    'if (!watched.isRunning() && (await queuedSubmits(deps)).length > 0) watched.onLeftBehind()',
    '',
  ),
  one(
    'batch-limit-ends-it',
    'What does not fit into one run waits for the next scan.',
    'src/sync/scheduler.ts',
    'if (result.hasMore && !this.#isSendDue) this.#isWanted = true',
    '',
  ),
  one(
    'synced-too-early',
    'The screen says that all is sent while rows wait.',
    'src/sync/sync-status.ts',
    "return unsentRows > 0 ? 'unsent' : 'synced'",
    "return 'synced'",
  ),
  one(
    'tally-counts-answers',
    'The tally adds every acknowledgement up, also of scans that it knew.',
    'src/sync/acknowledge.ts',
    'standing += ack.ackedStanding - (before[index]?.ackedStanding ?? 0)',
    'standing += ack.ackedStanding',
  ),
  one(
    'restored-server-believed',
    'A server that was restored from a backup is believed to have what it acknowledged before.',
    'src/sync/epoch.ts',
    "if (known?.k === 'epoch' && known.epoch === epoch) return false",
    "if (known?.k === 'epoch') return false",
  ),
  one(
    'epoch-before-acks',
    'The new epoch is remembered before what it means was done.',
    'src/sync/epoch.ts',
    'if (known !== undefined) {\n    deps.log.write',
    "await deps.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'epoch', epoch }))\n  if (known !== undefined) {\n    deps.log.write",
  ),
  one(
    'evidence-skipped',
    'The events of a batch whose request failed are never offered again.',
    'src/sync/evidence.ts',
    "if (!(await put(deps, sessionId, events, signal))) return 'refused'",
    "await deps.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: cursorKey, gid: last.gid }))\n    if (!(await put(deps, sessionId, events, signal))) return 'refused'",
  ),
  one(
    'late-copy-not-waited-for',
    'Base profile: newer values are sent although an older request may still arrive.',
    'src/sync/in-flight.ts',
    'if (waitMs > 0) {',
    'if (waitMs > Number.MAX_SAFE_INTEGER) {',
  ),
]

/** Pull, lock, submit: what others do never costs own work. */
const SHARED: readonly Mutant[] = [
  one(
    'pull-overwrites',
    "A refresh puts the server's copy over unsent work.",
    'src/sync/join-rows.ts',
    'if (isOwn(it)) {',
    'if (isOwn(it) && isAfterRestore) {',
  ),
  one(
    'reverted-rows-overwritten',
    "The device's copy of a log that the server knows further wins over the server's.",
    'src/sync/join-rows.ts',
    'return item.rev <= log.head',
    'return true',
  ),
  one(
    'half-a-pull-removes',
    'Rows that a page did not show are removed before the last page has come.',
    'src/sync/store-inventory-count-items.ts',
    'isComplete ? await unseenRows(deps, sessionId, pull) : []',
    'await unseenRows(deps, sessionId, pull)',
  ),
  one(
    'network-takes-the-lock',
    'A failed heartbeat counts as a lost lock: the network throws people out of their count.',
    'src/sync/heartbeat.ts',
    "if (error.reason === 'locked' && !isOurs(deps, error.details.holder)) {",
    "if (error.reason !== 'unauthorized') {",
  ),
  one(
    'lost-lock-unnoticed',
    'A device does not take in that somebody else holds its session.',
    'src/sync/heartbeat.ts',
    "entry.state = 'lost'\n    entry.unstoredLoss = error",
    "return\n    entry.state = 'lost'\n    entry.unstoredLoss = error",
  ),
  {
    name: 'loss-ends-before-it-is-stored',
    says: 'A loss of the lock that the storage does not take is the last heartbeat: the window counts on in a session of somebody else.',
    edits: [
      {
        file: 'src/sync/lock-keeper.ts',
        find: "(entry.state !== 'lost' || entry.unstoredLoss !== null)",
        replace: "entry.state !== 'lost'",
      },
      {
        file: 'src/sync/heartbeat.ts',
        find: "if (isWanted()) tellLock(deps, entry.sessionId, 'lost')\n",
        replace: '\n',
      },
    ],
  },
  one(
    'submit-does-not-wait',
    'A session is handed in while scans are still unsent.',
    'src/sync/submit.ts',
    'const problem = await problemBefore(parts, sessionId, signal)\n    if (problem !== null) return await refuse(deps, sessionId, problem)',
    '',
  ),
  one(
    'withdrawn-submit-goes-on',
    'A submit that was withdrawn while it was prepared is carried out all the same.',
    'src/sync/submit.ts',
    "if ((await readSession(deps, sessionId))?.submitQueuedAt !== submitQueuedAt)\n      return 'nothing-queued'",
    '',
  ),
]

/** Who sends what. */
const SIGN_INS: readonly Mutant[] = [
  one(
    'sent-under-the-newest-sign-in',
    'Where nobody is signed in any more who counted, what is unsent leaves under the newest sign-in of the device.',
    'src/worker/account.ts',
    'token: () => readToken(scans),',
    `token: async () => {
      const own = await readToken(scans)
      if (own !== null) return own
      let newest = null as { token: string; expiresAt: number } | null
      for (const name of await world.databaseNames()) {
        const other = world.openScans({ ...config, userName: name.slice(name.lastIndexOf(':') + 1) as typeof config.userName })
        const login = await other.tx(['meta'], 'r', (tx) => tx.get('meta', 'login'))
        other.close()
        if (login?.k === 'login' && login.access.expiresAt > (newest?.expiresAt ?? 0)) newest = login.access
      }
      return newest?.token ?? null
    },`,
  ),
]

/** Of today's app and of the table of failures in the field: what none of the others is. */
const FIELD: readonly Mutant[] = [
  one(
    'portal-is-yes',
    'A page of a hotel with status 200 is taken for the answer to a change: what was never sent counts as sent.',
    'src/api/items-api.ts',
    'const told = await http.json({ method: \'put\', path, schema: PutItemsResponse, body, signal })',
    `const told = await http.json({ method: 'put', path, schema: PutItemsResponse, body, signal }).catch((error: unknown) => {
    if ((error as { reason?: string }).reason !== 'captive-portal') throw error
    return { serverTime: sentAt, items: request.rows.map(({ uuid, rev }) => ({ uuid, verdict: 'applied' as const, rev })) }
  })`,
  ),
  {
    name: 'fold-rewrites-events',
    says: 'The fold writes into the events that it has counted: the log is no longer what was scanned.',
    edits: [
      {
        file: 'src/sync/fold.ts',
        find: "[...LINE_TABLES, 'matches', 'outbox', 'meta', 'sessions'],",
        replace: "[...LINE_TABLES, 'matches', 'outbox', 'meta', 'sessions', 'scanEvents'],",
      },
      {
        file: 'src/sync/fold.ts',
        find: "if (fresh.length > 0) await tx.bulkPut('matches', fresh)",
        replace: `if (fresh.length > 0) await tx.bulkPut('matches', fresh)
  await tx.bulkPut('scanEvents', batch.events.map((it) => ({ ...it, raw: it.raw.trim(), aggApplied: 1 })))`,
      },
    ],
  },
  one(
    'fresh-uuid-on-retry',
    'A row gets another number each time that it is sent: no answer finds it, and the server shows it as often as it was sent.',
    'src/api/items-api.ts',
    'uuid: row.uuid,\n    productId: row.productId,\n    productIdentifier: row.productIdentifier,\n    quantity: hides',
    'uuid: `${row.uuid.slice(0, -6)}${String(now % 1_000_000).padStart(6, "0")}`,\n    productId: row.productId,\n    productIdentifier: row.productIdentifier,\n    quantity: hides',
  ),
  one(
    'token-of-the-start',
    'The token is read once and never again: after the next sign-in everything still goes out with the one that has run out.',
    'src/worker/account.ts',
    'token: () => readToken(scans),',
    'token: () => (((world as { held?: Record<string, Promise<string | null>> }).held ??= {})[config.userName] ??= readToken(scans)),',
  ),
]

/** Two things wrong at once: found by long runs, and played since by scenes of their own. */
const RARE: readonly Mutant[] = [
  one(
    'quiet-look-left-out',
    'Base profile: nobody looks at a quiet session again, so a late copy of an answered request turns a count back for good.',
    'src/sync/sync-run.ts',
    'for (const sessionId of await looks.due()) {',
    'for (const sessionId of (await looks.due()).slice(0, 0)) {',
  ),
  one(
    'restored-rows-not-made-anew',
    'After a disk and then the server went back, the scans that the disk still has are never sent (CR23).',
    'src/sync/epoch.ts',
    'await rebuildSession(deps, sessionId)\n  await resetAcks(deps, sessionId, items)',
    'await resetAcks(deps, sessionId, items)',
  ),
  one(
    'hidden-session-keeps-acks',
    'What was acknowledged in a session that is hidden while the server is put back counts as sent for ever (CR24).',
    'src/sync/epoch.ts',
    'await resetAcks(deps, sessionId, [])\n    return',
    'return',
  ),
  {
    name: 'heartbeat-speaks-late',
    says: 'A heartbeat that is under way when another window takes the session tells its own that it may count (LK23).',
    edits: [
      {
        file: 'src/sync/lock-keeper.ts',
        find: 'const isWanted = (): boolean => !entry.stop.signal.aborted && !isGivenUp',
        replace: 'const isWanted = (): boolean => !isGivenUp',
      },
    ],
  },
  one(
    'broken-opening-counts-on',
    'An opening that breaks in the storage leaves its window counting, with nobody to renew the lock (WK45).',
    'src/sync/lock-keeper.ts',
    "tellLock(deps, sessionId, 'none')\n      throw error",
    'throw error',
  ),
  one(
    'opening-outlives-leaving',
    'An opening that ends when its session has been left keeps the session, with nobody to give it back (WK25).',
    'src/worker/open-session.ts',
    'if (own.gone !== null) return await leaveAgain(account, sessionId, own.gone)',
    '',
  ),
  one(
    'broken-opening-keeps-the-lock',
    'An opening that breaks in the storage leaves the session locked by nobody (WK45).',
    'src/sync/lock-keeper.ts',
    'await storeNone(sessionId, lease)\n    } finally {',
    'await storeNone(sessionId, lease)\n    } catch (error) {\n      lease = null\n      throw error\n    } finally {',
  ),
  one(
    'borrowed-right-stays',
    'A window that borrowed the lock for a submit counts on beside the one that has the session (SB16).',
    'src/sync/submit.ts',
    "keeper.drop(sessionId)\n        return tellLock(deps, sessionId, 'elsewhere')",
    'return',
  ),
  one(
    'reopened-submits-again',
    'A session that a person has opened again keeps the submit in its queue, and takes no scan (SB17).',
    'src/worker/create-sync-worker-api.ts',
    "session: { ...row.session, status: 'assigned' },\n          submitQueuedAt: null,\n          submitProblem: null,",
    "session: { ...row.session, status: 'assigned' },",
  ),
]

/** What depends on what it must not: the network, the version of another device, a clock. */
const DEPENDENT: readonly Mutant[] = [
  one(
    'scan-waits-for-the-queue',
    'A scan is told as counted once what was scanned before it is sent: with a bad network nobody can scan.',
    'src/usecases/scan-writer.ts',
    'const appended = await inTime(timers, limits.writeTimeoutMs, appendScans(store, input))',
    `for (let look = 0; look < 300; look++) {
      const unsent = await store.tx(['outbox'], 'r', (tx) => tx.rangeKeys('outbox', ':id', { limit: 1 }))
      if (unsent.length === 0) break
      await timers.sleep(50)
    }
    const appended = await inTime(timers, limits.writeTimeoutMs, appendScans(store, input))`,
  ),
  one(
    'failing-session-ends-the-run',
    'A row that the server falls over ends the run: every other session waits for it.',
    'src/sync/scopes.ts',
    "if (reason === 'server-down') return isAboutOneRequest(details.status)",
    "if (reason === 'server-down') return false",
  ),
  {
    ...one(
      'newest-app-only',
      'After an update the server takes rows of the newest app only: devices that have not loaded it yet send nothing any more.',
      'server-mock/rules/protocol.ts',
      'min <= protocol && protocol <= max',
      'Math.max(min, max) <= protocol',
    ),
    proves: 'I18',
  },
  {
    ...one(
      'future-rows-wait',
      'A row whose time lies in the future is taken for broken, and waits: where a clock was wrong nothing is sent any more.',
      'src/sync/unsent.ts',
      "const rows = found.flatMap((row) => (row?.origin === 'own' ? [row] : []))",
      "const rows = found.flatMap((row) => (row?.origin === 'own' && row.lastScanAt <= deps.clock.now() + 300_000 ? [row] : []))",
    ),
    proves: 'I19',
  },
]

/** The server's own rules. */
const SERVER: readonly Mutant[] = [
  one(
    'last-write-wins',
    'The server takes rows in the order of arrival: a late copy turns a count back.',
    'server-mock/rules/row-join.ts',
    'if (rev === undefined || quantity === undefined || rev < row.rev) return row',
    'if (rev === undefined || quantity === undefined) return row',
  ),
  one(
    'late-is-dropped',
    'The server refuses what a device counted before it lost the session.',
    'server-mock/rules/admission.ts',
    "return fence !== null && fence < currentFence ? 'late' : 'open'",
    "return fence !== null && fence < currentFence ? 'held' : 'open'",
  ),
  one(
    'approved-totals-move',
    'Rows that arrive after the approval change the approved totals.',
    'server-mock/rules/admission.ts',
    "if (session === 'approved' || session === 'voided') return 'held'",
    '',
  ),
  one(
    'fence-stands-still',
    'A takeover gets the fence of its predecessor.',
    'server-mock/rules/lock.ts',
    'fence: fence + 1,',
    'fence: Math.max(1, fence),',
  ),
  one(
    'anybody-takes-over',
    'Everybody may take a session over, without being allowed to.',
    'server-mock/rules/lock.ts',
    'if (!isOurs && !(isForced && (input.mayForce || latest.userId === holder.userId)))',
    'if (!isOurs && !isForced)',
  ),
  one(
    'expired-lock-for-ever',
    'A crashed device holds its session for ever.',
    'server-mock/rules/lock.ts',
    'return row !== null && row.releasedAt === null && (row.thruDate === null || row.thruDate > now)',
    'return row !== null && row.releasedAt === null',
  ),
  one(
    'lease-piles-up',
    'Every heartbeat adds to the lease instead of starting it anew.',
    'server-mock/rules/lock.ts',
    'return { ...row, thruDate: now + leaseSeconds * 1000, leaseSeconds, lastHeartbeatAt: now }',
    'return { ...row, thruDate: (row.thruDate ?? now) + leaseSeconds * 1000, leaseSeconds, lastHeartbeatAt: now }',
  ),
  one(
    'stale-fence-submits',
    'Who lost the session can still hand it in.',
    'server-mock/rules/lock.ts',
    'return fence === null ? !isActive(state.latest, now) : fence === state.fence && fence > 0',
    'return true || (fence === null ? !isActive(state.latest, now) : fence === state.fence && fence > 0)',
  ),
]

/** Lists that change under a count, scans that travel as a file, and what one seed in thousands has found (mended-scenes.ts). */
const LATER: readonly Mutant[] = [
  one(
    'list-stays-as-pulled',
    'What a planner changes of a list that is open on a device never gets there.',
    'src/sync/join-rows.ts',
    'const identification = server.matchRev >= before.matchRev ? server : before',
    'const identification = before',
  ),
  one(
    'file-begins-a-new-log',
    'Scans that were taken over go into a log of their own: whoever sends them second counts them again.',
    'src/sync/take-over-scans.ts',
    'for (const log of handover.logs) {\n    logs.push(await storeLog(deps, handover, log))',
    `for (const { logId, ...given } of handover.logs) {
    const log = { ...given, logId: \`\${logId}-taken\` as typeof logId, events: given.events.map((it) => ({ ...it, logId: \`\${logId}-taken\` as typeof logId })) }
    logs.push(await storeLog(deps, handover, log))`,
  ),
  one(
    'removed-row-stays-away',
    'A row that a supervisor removed is gone for good, whatever is scanned of it later.',
    'server-mock/rules/row-join.ts',
    'rev,\n    isDeleted: false,\n    ...describe(row, incoming, world),',
    'rev,\n    ...describe(row, incoming, world),',
  ),
  one(
    'sign-in-without-end',
    'A sign-in waits without end for a storage that does not answer, and every later one waits behind it (WK61).',
    'src/worker/accounts.ts',
    'await storeSignIn(timed, access, profile)',
    'await storeSignIn(scans, access, profile)',
  ),
  one(
    'last-look',
    'A look of the watchdog that a dead storage never answers is the last one: what is left behind is found by nobody (WK60).',
    'src/sync/watchdog.ts',
    'await limit.within(looked)\n      return false',
    'await looked\n      return false',
  ),
  one(
    'claim-let-go',
    'An opening that breaks lets go of the claim that another one of its window has too: that one holds the session without it (LK28).',
    'src/worker/open-session.ts',
    '=> !isOpen && underWay === 1',
    '=> !isOpen || underWay > 0',
  ),
  one(
    'file-begun-anew',
    'Scans that a device took over by file go with the row that somebody removed on the server: a later file begins it anew, and less is sent (JN15).',
    'src/sync/store-inventory-count-items.ts',
    'const here = isAfterRestore ? new Set<CountRecord>() : await ofLogsHere(tx, rows)',
    'const here = new Set<CountRecord>()',
  ),
  one(
    'dropped-between-pages',
    'A row that fell between two pages, as one before it was removed meanwhile, is removed here too (JN8).',
    'src/sync/pull.ts',
    '=> pageIndex === 0 || (before !== null && isSame(pull.seen, before))',
    '=> true',
  ),
].map((it) => ({ ...it, isLater: true }))

export const MUTANTS: readonly Mutant[] = [...CAPTURE, ...FOLD, ...PUSH, ...SHARED, ...SIGN_INS, ...FIELD, ...RARE, ...DEPENDENT, ...SERVER, ...LATER]
