// One open session as its screens share it: desk, numbers, lock, opening, scanning. Provided by the session's shell.
import {
  computed,
  getCurrentScope,
  inject,
  onScopeDispose,
  ref,
  shallowRef,
  type ComputedRef,
  type InjectionKey,
  type Ref,
  type ShallowRef,
} from 'vue'
import { asId, type SessionId } from '../domain/ids'
import { mayScan, type LockState } from '../domain/lock'
import type { Micro } from '../domain/quantity'
import type { PendingElsewhere } from '../domain/session'
import type { CountingDesk } from '../ports/counting'
import type { SessionRow } from '../ports/scans-schema'
import type { AccountData, Services } from './services'
import { coalesced } from './coalesced'
import { useAnnouncer } from './useAnnouncer'
import { useDeskState, type DeskState } from './useDeskState'
import { useLiveRead } from './useLiveRead'
import { useScanning, type Scanning } from './useScanning'
import { BROKEN_CALL, nameOfHolder, type FeedbackOutcome, type ShownFailure } from './words'

export interface SessionContext {
  readonly sessionId: SessionId
  readonly desk: CountingDesk
  readonly state: DeskState
  readonly scanning: Scanning
  /** What a screen reader hears. */
  readonly told: Readonly<Ref<string>>
  /** As stored on the device; undefined until it was read, null before the first opening. */
  readonly row: Readonly<Ref<SessionRow | null | undefined>>
  readonly lock: ComputedRef<LockState>
  readonly lostTo: ComputedRef<string | null>
  /** Somebody else counts here and this device never did: then nothing was lost. Their name, else null. */
  readonly heldBy: ComputedRef<string | null>
  readonly isSubmitQueued: ComputedRef<boolean>
  readonly isSubmitted: ComputedRef<boolean>
  /** New scans are taken. The desk decides; this is for buttons. */
  readonly canCount: ComputedRef<boolean>
  /** Keys reach this window: set by the shell from the scanner's end. */
  readonly isListening: Ref<boolean>
  /** The field of the screen that has one. */
  readonly scanField: ShallowRef<HTMLInputElement | null>
  readonly isOpening: Readonly<Ref<boolean>>
  /** Why the last opening did not go through; null while all is well. */
  readonly failure: Readonly<Ref<ShownFailure | null>>
  /** What other devices have not sent, as the server last told. */
  readonly pendingElsewhere: ComputedRef<readonly PendingElsewhere[]>
  readonly open: (takeOver: boolean) => Promise<void>
  readonly refresh: () => void
}

export const sessionKey: InjectionKey<SessionContext> = Symbol('session')

export function useSessionContext(): SessionContext {
  const context = inject(sessionKey)
  if (context === undefined) throw new Error('No session: only below the session shell')
  return context
}

export interface SessionDeps {
  readonly services: Services
  readonly account: AccountData
  readonly desk: CountingDesk
  /** A tab of an iPad or iPhone: its storage may be thrown away, so nothing is counted in it (decision 26). */
  readonly isInTab: boolean
  readonly sound: (outcome: FeedbackOutcome) => void
  readonly speak: (total: Micro | null) => void
}

/** Needs an effect scope. Opens the session in the background: what is on the device is on screen at once. */
export function useSession({ services, account, desk, isInTab, sound, speak }: SessionDeps): SessionContext {
  const { sessionId } = desk
  const isOnScreen = useIsOnScreen()
  const announcer = useAnnouncer()
  const state = useDeskState({
    desk,
    bus: account.bus,
    clock: services.clock,
    onUnread: (error) => account.note('numbers-unread', { sessionId, message: String(error) }),
  })
  /** The worker's word is newer than the row on its way to the disk. */
  const toldLock = ref<LockState | null>(null)
  /** One call at a time: the worker folds to the head, whatever came meanwhile. A worker that is gone is told elsewhere. */
  const tellWorker = coalesced(() => services.sync.scanned().catch(() => undefined))
  const scanning = useScanning({
    desk,
    feed: state.feed,
    timings: services.timings,
    sound,
    speak,
    tell: announcer.tell,
    appended: tellWorker,
    mayCountHere: () => !isInTab && account.rights.has(sessionId),
  })
  const readRow = async (): Promise<SessionRow | null> =>
    (await account.scans.tx(['sessions'], 'r', (tx) => tx.get('sessions', sessionId))) ?? null
  const row = useLiveRead(readRow)
  /** The desk asks the rights themselves; this follows them for the screen. */
  const mayBeHere = (): boolean => !isInTab && account.rights.has(sessionId)
  const isHere = ref(mayBeHere())
  const wasOurs = ref(true)
  const isOpening = ref(false)
  const failure = ref<ShownFailure | null>(null)

  function takeLock(state: LockState): void {
    account.rights.take(sessionId, state)
    isHere.value = mayBeHere()
    toldLock.value = state
  }

  const stop = account.bus.listen((message) => {
    if (message.kind === 'lock' && message.sessionId === sessionId) {
      takeLock(message.state)
      row.refresh()
    }
    if (message.kind === 'status') row.refresh()
    if (message.kind !== 'lines' || message.sessionId !== sessionId) return
    const current = scanning.current.value?.lineKey
    if (current !== undefined && (message.changed === 'all' || message.changed.includes(current))) void scanning.reloadCurrent()
  })
  onScopeDispose(stop)

  async function open(takeOver: boolean): Promise<void> {
    isOpening.value = true
    try {
      const before = await readRow()
      wasOurs.value = before !== null && (mayScan(before.lock.state) || (before.lock.state === 'lost' && before.lock.lease !== null))
      const outcome = await services.sync.openSession({ sessionId, takeOver })
      if (!isOnScreen()) return
      failure.value = outcome.ok ? null : outcome
      if (outcome.ok) {
        takeLock(outcome.lock)
        wasOurs.value ||= mayScan(outcome.lock)
      }
    } catch (error) {
      failure.value = BROKEN_CALL
      account.note('opening-broke', { sessionId, message: String(error) })
    } finally {
      isOpening.value = false
    }
    row.refresh()
  }

  const lock = computed<LockState>(() => toldLock.value ?? (isHere.value ? (row.value.value?.lock.state ?? 'none') : 'none'))
  const lostTo = computed(() => row.value.value?.lock.lostTo ?? null)
  const heldBy = computed(() => {
    if (wasOurs.value || (lock.value !== 'lost' && failure.value?.reason !== 'locked')) return null
    return nameOfHolder(failure.value?.holder?.userName ?? lostTo.value)
  })
  const pendingElsewhere = computed(() => {
    const lease = mayScan(lock.value) ? row.value.value?.lock.lease : undefined
    return (lease?.pendingElsewhere ?? []).filter((it) => it.unsentScans > 0)
  })
  const isSubmitQueued = computed(() => (row.value.value?.submitQueuedAt ?? null) !== null)
  const isSubmitted = computed(() => row.value.value?.session.status === 'submitted')

  return {
    sessionId,
    desk,
    state,
    scanning,
    told: announcer.told,
    row: row.value,
    lock,
    lostTo,
    heldBy,
    isSubmitQueued,
    isSubmitted,
    canCount: computed(() => isHere.value && mayScan(lock.value) && !isSubmitQueued.value && !isSubmitted.value),
    isListening: ref(true),
    scanField: shallowRef(null),
    isOpening,
    failure,
    pendingElsewhere,
    open,
    refresh: row.refresh,
  }
}

/** false once the session has been left: what is answered then is about a window that gave its right back. */
function useIsOnScreen(): () => boolean {
  const scope = getCurrentScope()
  return () => scope?.active !== false
}

/** A session id out of a route. Anything that is there may be asked for; the server and the database know better. */
export function sessionIdOf(param: string | readonly string[] | undefined): SessionId {
  return asId<SessionId>(typeof param === 'string' ? param : '')
}
