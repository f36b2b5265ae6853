// The list of one tab under changes: patched, held still under a finger, and never read as a whole.
import { flushPromises } from '@vue/test-utils'
import { effectScope, ref } from 'vue'
import { describe, expect, it, vi } from 'vitest'
import { useLineList } from '../../src/composables/useLineList'
import type { ShownBucket } from '../../src/domain/counted-item'
import type { LineSort } from '../../src/ports/counting'
import { aLine, createFakeBus, createFakeDesk, FAKE_SESSION } from '../support/fake-desk'

async function open(count: number, bucket: ShownBucket = 'uncounted', sort: LineSort = 'assigned') {
  const bus = createFakeBus()
  const lines = Array.from({ length: count }, (_, index) => aLine({ id: String(index + 1) }))
  const desk = createFakeDesk(bus, lines)
  const chosen = { bucket: ref<ShownBucket>(bucket), sort: ref<LineSort>(sort) }
  const scope = effectScope()
  const list = scope.run(() => useLineList(desk, bus, chosen.bucket, chosen.sort))
  if (list === undefined) throw new Error('no scope')
  await flushPromises()
  return { bus, desk, list, lines, ...chosen, stop: () => scope.stop() }
}

const line = (lines: readonly ReturnType<typeof aLine>[], index: number) => {
  const found = lines[index]
  if (found === undefined) throw new Error(`no line ${index}`)
  return found
}

describe('useLineList', () => {
  it('[UI6] read the top of a long list first, the other keys once, and the rows of the window only', async () => {
    const { desk, list, lines } = await open(5000)
    expect([list.keys.value.length, list.isLoading.value]).toEqual([200, false])
    await vi.waitFor(() => expect(list.keys.value).toHaveLength(5000))
    expect(desk.readLines()).toBe(0)

    list.show(list.keys.value.slice(0, 12))
    await flushPromises()
    expect(desk.readLines()).toBe(12)
    expect(list.rows.get(line(lines, 3).lineKey)?.name).toBe('Product 4')
  })

  it('[UI6] a counted line leaves its tab and comes back to its place when it is undone', async () => {
    const { desk, list, lines } = await open(100)
    const item = line(lines, 41)
    desk.put({ ...item, bucket: 'counted', standing: 1 })
    await flushPromises()
    expect(list.keys.value).not.toContain(item.lineKey)
    expect(list.keys.value).toHaveLength(99)

    desk.put(item)
    await flushPromises()
    expect(list.keys.value.indexOf(item.lineKey)).toBe(41)
  })

  it('[UI6] does not wait for the rest of a list that somebody has left', async () => {
    const { bucket, list, stop } = await open(5000)
    bucket.value = 'counted'
    await flushPromises()
    expect([list.keys.value.length, list.isLoading.value]).toEqual([0, false])

    bucket.value = 'uncounted'
    await flushPromises()
    expect(list.keys.value).toHaveLength(200)
    stop()
    await flushPromises()
    expect(list.keys.value).toHaveLength(200)
  })

  it('[UI5] while it is held nothing comes, goes or moves, but numbers follow', async () => {
    const { desk, list, lines } = await open(10)
    const item = line(lines, 0)
    list.show(list.keys.value)
    await flushPromises()
    list.hold()
    desk.put({ ...item, bucket: 'counted', name: 'Counted now' })
    await flushPromises()
    expect(list.keys.value).toHaveLength(10)
    expect(list.rows.get(item.lineKey)?.name).toBe('Counted now')

    list.release()
    await flushPromises()
    expect(list.keys.value).toHaveLength(9)
  })

  it('[UI6] read all keys again after a change of everything', async () => {
    const { bus, desk, list, lines } = await open(10)
    desk.items.delete(line(lines, 0).lineKey)
    bus.post({ kind: 'lines', sessionId: FAKE_SESSION, changed: 'all', counts: null })
    await flushPromises()
    expect(list.keys.value).toHaveLength(9)
  })

  it('[UI6] another tab or order is another list', async () => {
    const { desk, list, lines, bucket, sort } = await open(5)
    desk.put({ ...line(lines, 2), bucket: 'counted', name: 'b', sortName: 'b' }, { ...line(lines, 4), bucket: 'counted', name: 'a', sortName: 'a' })
    bucket.value = 'counted'
    sort.value = 'name'
    await flushPromises()
    expect(list.keys.value).toEqual([line(lines, 4).lineKey, line(lines, 2).lineKey])
  })

  it('[UI6] what other sessions do changes nothing, and nothing after the end', async () => {
    const { bus, desk, list, lines, stop } = await open(5)
    desk.items.delete(line(lines, 0).lineKey)
    stop()
    bus.post({ kind: 'lines', sessionId: FAKE_SESSION, changed: 'all', counts: null })
    await flushPromises()
    expect(list.keys.value).toHaveLength(5)
  })
})
