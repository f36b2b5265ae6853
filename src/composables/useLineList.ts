// The lines of one tab: keys loaded once per tab and sort, patched by what changed, rows read for the visible window only.
import { onScopeDispose, ref, shallowReactive, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { CountedItem, ShownBucket } from '../domain/counted-item'
import type { LineKey } from '../domain/ids'
import type { CountingDesk, LineSort } from '../ports/counting'
import type { Bus } from '../ports/platform'
import { coalesced } from './coalesced'
import { THIS_DEVICE } from './this-device'
import { insertionIndex, isInPlace, withoutLines } from './line-order'

/** Lines in one tab at most: twice the largest session we promise to carry. */
const KEYS_MAX = 100_000
/** What is on screen at once, and some scrolling: read first, alone. */
const TOP_KEYS = 200
/** 20,000 keys keep the database busy for a third of a second: what else opens with the page goes before them. */
const REST_AFTER_MS = 300
/** More changes than this at once: reading all keys again is cheaper than patching. */
const PATCH_MAX = 64
/** Rows kept in memory around the window; older ones are dropped when there are more. */
const ROWS_MAX = 2000

export interface LineList {
  readonly keys: Readonly<ShallowRef<readonly LineKey[]>>
  /** Rows read so far; a key without a row is on its way. */
  readonly rows: ReadonlyMap<LineKey, CountedItem>
  readonly isLoading: Readonly<Ref<boolean>>
  readonly problem: Readonly<Ref<string | null>>
  /** Read the rows of these keys if they are not there. */
  readonly show: (keys: readonly LineKey[]) => void
  /** While held, lines change in place; they come, go and move only after `release`. Rule: UI5. */
  readonly hold: () => void
  readonly release: () => void
  readonly reload: () => void
}

export function useLineList(
  desk: CountingDesk,
  bus: Bus,
  bucket: Readonly<Ref<ShownBucket>>,
  sort: Readonly<Ref<LineSort>>,
): LineList {
  const keys = shallowRef<readonly LineKey[]>([])
  const rows = shallowReactive(new Map<LineKey, CountedItem>())
  const isLoading = ref(true)
  const problem = ref<string | null>(null)
  /** Grows with every load: a patch that was worked out for another list is thrown away. */
  let generation = 0
  let isLoadRunning = false
  let isHeld = false
  let isReloadWanted = false
  const changed = new Set<LineKey>()
  let wanted = new Set<LineKey>()
  let endRest = (): void => undefined

  const load = coalesced(async () => {
    generation += 1
    const mine = generation
    isLoadRunning = true
    try {
      // Another tab was chosen meanwhile: its own load follows.
      if (await isCutOff(mine)) {
        const loaded = await desk.lineKeys(bucket.value, sort.value, KEYS_MAX)
        if (mine === generation) keys.value = loaded
      }
      problem.value = null
    } catch {
      problem.value = `The list could not be read on ${THIS_DEVICE}.`
    }
    isLoadRunning = false
    isLoading.value = false
    applyChanges()
  })

  /** A list that shows nothing yet shows its top first. @returns whether there is more to be read */
  async function isCutOff(mine: number): Promise<boolean> {
    if (keys.value.length > 0) return true
    const top = await desk.lineKeys(bucket.value, sort.value, TOP_KEYS)
    if (mine !== generation) return false
    keys.value = top
    isLoading.value = false
    if (top.length < TOP_KEYS) return false
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, REST_AFTER_MS)
      endRest = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    return mine === generation
  }

  function keep(key: LineKey, item: CountedItem | undefined): void {
    if (item === undefined) rows.delete(key)
    else rows.set(key, item)
    for (const oldest of rows.keys()) {
      if (rows.size <= ROWS_MAX) break
      if (!wanted.has(oldest)) rows.delete(oldest)
      else break
    }
  }

  async function read(key: LineKey): Promise<CountedItem | undefined> {
    const known = rows.get(key)
    if (known !== undefined) return known
    const [item] = await desk.lines([key])
    return item
  }

  const readWanted = coalesced(async () => {
    const missing = [...wanted].filter((key) => !rows.has(key))
    if (missing.length === 0) return
    const items = await desk.lines(missing)
    missing.forEach((key, index) => keep(key, items[index]))
  })

  /** Put a line where it belongs. @returns false when the list was replaced meanwhile */
  async function place(item: CountedItem, key: LineKey): Promise<boolean> {
    const mine = generation
    const at = keys.value.indexOf(key)
    if (at !== -1 && (await isInPlace(keys.value, at, { item, sort: sort.value, read }))) return mine === generation
    if (mine !== generation) return false
    const without = at === -1 ? keys.value : keys.value.filter((it) => it !== key)
    const index = await insertionIndex(without, item, sort.value, read)
    if (mine !== generation) return false
    keys.value = [...without.slice(0, index), key, ...without.slice(index)]
    return true
  }

  async function patch(): Promise<void> {
    const mine = generation
    const batch = [...changed]
    if (batch.length === 0) return
    const items = await desk.lines(batch)
    batch.forEach((key, index) => {
      if (rows.has(key) || wanted.has(key)) keep(key, items[index])
    })
    // What is not placed now is placed by the release, or after the load that is under way.
    if (isHeld || isLoadRunning || mine !== generation) return
    const leaving = new Set(batch.filter((_key, index) => items[index]?.bucket !== bucket.value))
    keys.value = withoutLines(keys.value, leaving)
    for (const key of leaving) changed.delete(key)
    for (const [index, key] of batch.entries()) {
      const item = items[index]
      if (item === undefined || leaving.has(key)) continue
      if (isHeld || isLoadRunning || mine !== generation) return
      changed.delete(key)
      if (!(await place(item, key))) changed.add(key)
    }
  }
  const applyChanges = coalesced(patch)

  function onChanged(lines: readonly LineKey[] | 'all'): void {
    if (lines === 'all' || changed.size + lines.length > PATCH_MAX) {
      changed.clear()
      // What is in memory may be old now; the visible rows are read again.
      const visible = [...wanted]
      rows.clear()
      show(visible)
      if (isHeld) isReloadWanted = true
      else load()
      return
    }
    for (const key of lines) changed.add(key)
    applyChanges()
  }

  function show(visible: readonly LineKey[]): void {
    wanted = new Set(visible)
    readWanted()
  }

  function reload(): void {
    keys.value = []
    changed.clear()
    generation += 1
    isLoading.value = true
    endRest()
    load()
  }

  const stop = bus.listen((message) => {
    if (message.kind === 'lines' && message.sessionId === desk.sessionId) onChanged(message.changed)
  })
  onScopeDispose(() => {
    stop()
    generation += 1
    endRest()
  })
  // At once, not in the next tick: no patch for the old list may slip in between.
  watch([bucket, sort], reload, { flush: 'sync' })
  load()

  return {
    keys,
    rows,
    isLoading,
    problem,
    show,
    hold: () => (isHeld = true),
    release: () => {
      isHeld = false
      if (isReloadWanted) load()
      isReloadWanted = false
      applyChanges()
    },
    reload,
  }
}
