// The lines of one tab: keys loaded once per tab and sort, patched by what changed, rows read for the visible window only.
import { onScopeDispose, ref, shallowReactive, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { CountedItem, ShownBucket } from '../domain/counted-item'
import type { LineKey } from '../domain/ids'
import type { CountingDesk, LineSort } from '../ports/counting'
import type { Bus } from '../ports/platform'
import { coalesced } from './coalesced'
import { insertionIndex } from './line-order'

/** Lines in one tab at most: twice the largest session we promise to carry. */
const KEYS_MAX = 100_000
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
  let isHeld = false
  let isReloadWanted = false
  let changed = new Set<LineKey>()
  let wanted = new Set<LineKey>()

  const load = coalesced(async () => {
    const asked = { bucket: bucket.value, sort: sort.value }
    try {
      const loaded = await desk.lineKeys(asked.bucket, asked.sort, KEYS_MAX)
      if (asked.bucket === bucket.value && asked.sort === sort.value) keys.value = loaded
      problem.value = null
    } catch {
      problem.value = 'The list could not be read on this iPad.'
    }
    isLoading.value = false
  })

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

  /** Where the line was and where it belongs now: taken out, put in, or left alone. */
  async function place(item: CountedItem | undefined, key: LineKey): Promise<void> {
    const asked = { bucket: bucket.value, sort: sort.value }
    const without = keys.value.filter((it) => it !== key)
    const belongs = item !== undefined && item.bucket === asked.bucket
    if (!belongs) {
      if (without.length !== keys.value.length) keys.value = without
      return
    }
    const index = await insertionIndex(without, item, asked.sort, read)
    if (asked.bucket !== bucket.value || asked.sort !== sort.value) return
    keys.value = [...without.slice(0, index), key, ...without.slice(index)]
  }

  const applyChanges = coalesced(async () => {
    const batch = [...changed]
    if (batch.length === 0) return
    const items = await desk.lines(batch)
    batch.forEach((key, index) => {
      if (rows.has(key) || wanted.has(key)) keep(key, items[index])
    })
    if (isHeld) return
    changed = new Set([...changed].filter((key) => !batch.includes(key)))
    for (const [index, key] of batch.entries()) await place(items[index], key)
  })

  function onChanged(lines: readonly LineKey[] | 'all'): void {
    if (lines === 'all' || changed.size + lines.length > PATCH_MAX) {
      changed = new Set()
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
    changed = new Set()
    isLoading.value = true
    load()
  }

  const stop = bus.listen((message) => {
    if (message.kind === 'lines' && message.sessionId === desk.sessionId) onChanged(message.changed)
  })
  onScopeDispose(stop)
  watch([bucket, sort], reload)
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
