// Carries out what a workload asks for, through the windows' own page and worker, and tells the oracle what was shown.
import { asId } from '../../src/domain/ids'
import type { ItemKey, LineKey, SessionId } from '../../src/domain/ids'
import { itemKeyOf } from '../../src/domain/barcode/item-key'
import { mayScan } from '../../src/domain/lock'
import { unitsOf } from '../../src/domain/quantity'
import { scansName } from '../../src/db/names'
import type { OpenDesk } from '../../src/usecases/counting-desk'
import type { SyncWorkerApi, WorkerConfig } from '../../src/worker/protocol'
import type { Desk } from './desk'
import type { Device } from './device'
import type { Marks } from './marks'
import type { Oracle } from './oracle'
import type { Life, Scheduler } from './scheduler'
import { ORIGIN } from './window'
import type { Page, SimWindow } from './window'
import type { Action } from './workload'

export interface PeopleDeps {
  readonly scheduler: Scheduler
  readonly marks: Marks
  readonly oracle: Oracle
  /** A reviewer, somewhere else. @returns whether the session was approved */
  readonly approve: (sessionId: string) => boolean
  /** The list of a session, changed somewhere else while it is counted. */
  readonly desk: Desk
  readonly windowAt: (device: number, tab: number) => SimWindow | null
  readonly note: (text: string) => void
  readonly violated: (invariant: string, text: string) => void
  /** Longest time that a scan may take; null where the disk is not to be trusted. */
  readonly scanLimitMs: number | null
  /** A user's rebuild begins. @returns to be called when it is over */
  readonly rebuilding: (window: SimWindow, user: string, sessionId: SessionId) => () => void
}

export interface People {
  /** Starts it; nobody waits. */
  readonly act: (action: Action) => void
  /** Open a window and go on with whoever was signed in there, on the session that was on screen. */
  readonly wakeUp: (window: SimWindow, sessionId: SessionId | null) => void
  readonly signIn: (window: SimWindow, user: string) => Promise<boolean>
  readonly open: (window: SimWindow, sessionId: SessionId, takeOver: boolean) => Promise<boolean>
}

/** A file on somebody's stick. */
interface SavedFile {
  readonly file: Blob
  readonly device: Device
}

/** A page that says that it cannot open its storage, and loads itself no more: somebody loads it again. */
const BROKEN_PAGE_MS = 60_000
const CASE_NUMBERS_KEPT = 10

export function createPeople(deps: PeopleDeps): People {
  const { scheduler, marks, oracle } = deps

  const signingIn = new Set<Life>()
  /** The sign-in form is not there before the page knows whether somebody is signed in already (seed 6108). */
  const starting = new Set<Life>()
  /** Scans that anybody was asked for. */
  let asked = 0
  const files: SavedFile[] = []

  /** Rejections are what the page would show as a broken call. */
  function trying(what: string, window: SimWindow, work: () => Promise<unknown>): void {
    work().catch((error: unknown) => deps.note(`${window.name} ${what} broke: ${String(error)}`))
  }

  function wakeUp(window: SimWindow, sessionId: SessionId | null): void {
    window.boot(sessionId)
    const life = window.pageLife
    trying('start', window, async () => {
      const config = window.lastAccount()
      if (config === null) return
      starting.add(life)
      try {
        const page = await window.openPage(config, true)
        const stored = await page.scans.tx(['meta'], 'r', (tx) => tx.get('meta', 'profile'))
        if (stored === undefined) return page.close()
        window.page = page
      } catch (error) {
        scheduler.after(BROKEN_PAGE_MS, life, 'loads a broken page', () => {
          if (window.page !== null) return
          marks.note('page-loaded-by-hand')
          window.die()
          wakeUp(window, sessionId)
        })
        throw error
      } finally {
        starting.delete(life)
      }
      resumeInWorker(window, config, 1)
      if (sessionId !== null) await open(window, sessionId, false)
    })
  }

  function resumeInWorker(window: SimWindow, config: WorkerConfig, tries: number): void {
    const { pageLife } = window
    window.worker?.resumeUser(config).catch((error: unknown) => {
      deps.note(`${window.name} resume broke: ${String(error)}`)
      if (tries < 60) scheduler.after(1000 * 2 ** Math.min(tries, 5), pageLife, 'resume-again', () => resumeInWorker(window, config, tries + 1))
    })
  }

  /** The button is disabled while it works: nobody signs two people in at once in one window. */
  async function signIn(window: SimWindow, user: string): Promise<boolean> {
    const { pageLife } = window
    if (signingIn.has(pageLife) || starting.has(pageLife)) return false
    signingIn.add(pageLife)
    try {
      return await enter(window, user)
    } finally {
      signingIn.delete(pageLife)
    }
  }

  async function enter(window: SimWindow, user: string): Promise<boolean> {
    const config = { serverOrigin: ORIGIN, userName: user }
    const outcome = await window.worker?.signIn(config, 'shelfcount')
    if (outcome?.ok !== true) {
      deps.note(`${window.name} sign-in ${outcome?.reason ?? 'without a worker'}`)
      return false
    }
    if (window.page?.config.userName !== user) {
      window.page?.close()
      window.page = null
      window.page = await window.openPage(config)
      window.sessionId = null
    }
    window.rememberAccount(config)
    marks.note('signed-in')
    return true
  }

  /** One session is on screen: what comes of another one concerns nobody any more (seed 4544). */
  async function open(window: SimWindow, sessionId: SessionId, takeOver: boolean): Promise<boolean> {
    const { page, worker, sessionId: before } = window
    if (page === null || worker === null) return false
    window.sessionId = sessionId
    window.lock = 'none'
    const isOnScreen = (): boolean => window.page === page && window.sessionId === sessionId
    // The page waits for nobody when it leaves a screen; here the next one opens behind it, so that seeds stay what they were.
    if (before !== null && before !== sessionId) await worker.leaveSession(before).catch((error: unknown) => deps.note(`${window.name} leave broke: ${String(error)}`))
    if (!isOnScreen()) return false
    await page.desk(sessionId)
    const outcome = await worker.openSession({ sessionId, takeOver })
    if (!isOnScreen()) {
      marks.note('opened-off-screen')
      return false
    }
    window.refusal = outcome.ok ? null : outcome.reason
    deps.note(`${window.name} open ${sessionId} ${outcome.ok ? outcome.lock : outcome.reason}`)
    if (!outcome.ok) return false
    page.rights.take(sessionId, outcome.lock)
    window.lock = outcome.lock
    marks.note(`lock:${outcome.lock}`)
    if (outcome.pendingElsewhere.some((it) => it.unsentScans > 0)) marks.note('pending-elsewhere')
    return true
  }

  async function scan(window: SimWindow, page: Page, desk: OpenDesk, { value, times }: { value: string; times: number }): Promise<void> {
    const startedAt = scheduler.now()
    const nth = (asked += 1)
    const input = { raw: value, symbology: null, source: 'scanner', times: unitsOf(times), receivedAt: nth } as const
    const outcome = await desk.scan(input)
    const drafted = window.drafted.get(nth)
    window.drafted.delete(nth)
    const name = scansName(ORIGIN, page.config.userName)
    // I8 promises nothing while the window sleeps: the time runs from when it woke, whatever put it to sleep (seeds 2070, 2679).
    const took = scheduler.now() - Math.max(startedAt, window.pageLife.frozenUntil)
    if (outcome.kind === 'refused') {
      marks.note(`refused:${outcome.reason}`)
      deps.note(`${window.name} refused ${outcome.reason}`)
      if (drafted !== undefined) oracle.refused(window.device, name, drafted, outcome.reason)
      return
    }
    marks.note(`scan:${outcome.kind}`)
    deps.note(`${window.name} beep ${outcome.eventId}`)
    oracle.beep(window.device, name, outcome, { nth, askedAt: startedAt, quantity: (packSize) => unitsOf(times) * packSize })
    if (deps.scanLimitMs !== null && took > deps.scanLimitMs) deps.violated('I8', `a scan took ${took} ms on a healthy disk`)
    window.beeps = [{ eventId: outcome.eventId, lineKey: outcome.lineKey, itemKey: keyOfValue(value), value }, ...window.beeps].slice(0, CASE_NUMBERS_KEPT)
    window.noteScanned()
  }

  async function undo(window: SimWindow, page: Page, desk: OpenDesk, nth: number): Promise<void> {
    const beep = window.beeps[nth % Math.max(1, window.beeps.length)]
    if (beep === undefined) return
    const outcome = await desk.undo(beep.eventId)
    marks.note(`undo:${outcome}`)
    if (outcome !== 'undone') return
    oracle.undone(window.device, scansName(ORIGIN, page.config.userName), beep.eventId)
    window.noteScanned()
  }

  async function set(window: SimWindow, page: Page, desk: OpenDesk, { lineKey, total }: { lineKey: LineKey; total: number }): Promise<void> {
    const outcome = await desk.setQuantity(lineKey, unitsOf(total))
    marks.note(outcome.kind === 'refused' ? `set-refused:${outcome.reason}` : 'set')
    if (outcome.kind === 'refused') return
    oracle.set(window.device, scansName(ORIGIN, page.config.userName), outcome.eventId)
    window.noteScanned()
  }

  /** What needs a session on screen. */
  async function onSession(window: SimWindow, action: Action): Promise<void> {
    const { page, worker, sessionId } = window
    if (page === null || worker === null || sessionId === null) return
    const desk = await page.desk(sessionId)
    switch (action.kind) {
      case 'scan':
        return scan(window, page, desk, action)
      case 'undo':
        return undo(window, page, desk, action.nth)
      case 'undo-line': {
        const beep = window.beeps[action.nth]
        if (beep !== undefined && (await desk.undoLine(beep.lineKey)) > 0) window.noteScanned()
        return
      }
      case 'set': {
        const beep = window.beeps[action.nth]
        if (beep !== undefined) await set(window, page, desk, { lineKey: beep.lineKey, total: action.total })
        return
      }
      case 'match': {
        const itemKey = window.beeps[action.nth]?.itemKey
        if (itemKey == null) return
        await worker.matchItem({ sessionId, itemKey, productId: action.productId, packSize: action.packSize })
        marks.note('matched')
        return
      }
      case 'submit': {
        const outcome = await worker.submitSession(sessionId)
        marks.note(outcome.ok ? (outcome.done ? 'submitted' : 'submit-queued') : `submit:${outcome.reason}`)
        return
      }
      case 'withdraw':
        return worker.withdrawSubmit(sessionId)
      case 'reopen': {
        const outcome = await worker.reopenSession(sessionId)
        marks.note(outcome.ok ? 'reopened' : `reopen:${outcome.reason}`)
        if (outcome.ok) await open(window, sessionId, false)
        return
      }
      case 'leave':
        window.sessionId = null
        window.lock = 'none'
        await worker.leaveSession(sessionId)
        return
      case 'rebuild': {
        const end = deps.rebuilding(window, page.config.userName, sessionId)
        await worker.rebuild(sessionId).finally(end)
        marks.note('rebuilt')
        return
      }
      default:
    }
  }

  async function onWindow(window: SimWindow, action: Action): Promise<void> {
    const { worker, page } = window
    switch (action.kind) {
      case 'sign-in':
        if (page === null) await signIn(window, action.user)
        return
      case 'sign-out': {
        if (page === null || worker === null) return
        await worker.signOut()
        window.rememberAccount(null)
        window.page?.close()
        window.page = null
        window.sessionId = null
        marks.note('signed-out')
        return
      }
      case 'open':
        await open(window, asId<SessionId>(action.sessionId), action.takeOver)
        return
      case 'sync':
        if (page === null) return
        // The page looks after a storage that struggles; where it is well the look is left out, as it would find nothing.
        if (action.why !== 'manual' && page.writer.health().state !== 'well') void page.writer.probe()
        await worker?.syncNow(action.why)
        return
      case 'list':
        if (page !== null) await worker?.refreshCounts()
        return
      case 'new-session':
        if (page !== null) await worker?.newSession({ cycleCountId: 'C1', name: action.name, area: 'A' })
        return
      case 'retry-refused':
        if (page !== null) await retryRefused(window, page)
        return
      case 'save-scans':
        if (page !== null && worker !== null) await saveScans(window, worker)
        return
      case 'take-scans': {
        const file = files[files.length - 1 - (action.nth % Math.max(1, files.length))]
        if (page !== null && worker !== null && file !== undefined) await takeScans(window, worker, file)
        return
      }
      case 'close-window':
        marks.note('window-closed')
        window.die()
        return
      default:
        return onSession(window, action)
    }
  }

  async function saveScans(window: SimWindow, worker: SyncWorkerApi): Promise<void> {
    const outcome = await worker.saveScans(null)
    if (!outcome.ok || outcome.saved === null) return marks.note(outcome.ok ? 'file-saved:nothing' : `file-saved:${outcome.problem}`)
    files.push({ file: outcome.saved.file, device: window.device })
    marks.note('file-saved')
  }

  async function takeScans(window: SimWindow, worker: SyncWorkerApi, { file, device }: SavedFile): Promise<void> {
    const outcome = await worker.takeOverScans(file, null)
    if (!outcome.ok) return marks.note(`file-taken:${outcome.problem}`)
    const { newScans, conflicts } = outcome.summary
    deps.note(`${window.name} took ${newScans} scans of ${device.name} over, ${conflicts} conflicts`)
    marks.note(newScans > 0 ? 'file-taken' : 'file-taken:nothing-new')
    if (device === window.device) marks.note('file-taken:at-home')
    if (conflicts > 0) marks.note('file-taken:conflict')
  }

  async function retryRefused(window: SimWindow, page: Page): Promise<void> {
    const rows = await page.scans.tx(['quarantine'], 'r', (tx) => tx.range('quarantine', ':id', { limit: 100 }))
    for (const { uuid, kind } of rows) if (kind === 'rejected') await window.worker?.retryQuarantined(uuid)
  }

  return {
    wakeUp,
    signIn,
    open,
    act(action) {
      deps.note(`act ${JSON.stringify(action)}`)
      if (action.kind === 'approve') {
        if (deps.approve(action.sessionId)) marks.note('approved')
        return
      }
      if (action.kind === 'change-list') return deps.desk.changeList(action)
      if (action.kind === 'remove-row') return deps.desk.removeRow(action)
      const window = deps.windowAt(action.device, action.tab)
      if (window === null) return
      if (action.kind === 'open-window') {
        if (!window.isOpen) wakeUp(window, null)
        return
      }
      if (window.isOpen) trying(action.kind, window, () => onWindow(window, action))
    },
  }
}

export function mayCountIn(window: SimWindow): boolean {
  return window.page !== null && window.sessionId !== null && mayScan(window.lock)
}

function keyOfValue(value: string): ItemKey {
  return itemKeyOf(value, null)
}
